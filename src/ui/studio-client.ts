import workerUrl from '../studio/studio.worker.ts?worker&url';
import type { WorkerCommand, WorkerEvent } from '../studio/protocol';
import { recordEvent } from './event-recorder';
import { receive } from './studio-store';

let worker: Worker | null = null;

/** Starts the worker, once, with the backend that the address asks for (`?backend=webgpu|wasm|auto`). */
export function startWorker(): void {
  if (worker) return;
  // A worker from the network has the policy of its script's response, one from a blob that of the page, which any host can give.
  const script = new Blob([`import ${JSON.stringify(new URL(workerUrl, import.meta.url).href)};`], { type: 'text/javascript' });
  worker = new Worker(URL.createObjectURL(script), { type: 'module', name: 'studio' });
  worker.onmessage = ({ data }: MessageEvent<WorkerEvent>) => {
    recordEvent(data);
    receive(data);
  };
  worker.onerror = (event) => crashed(event.message || 'The worker could not be started');
  worker.onmessageerror = () => crashed('A message could not be read');
  send({ type: 'initialise', base: new URL('./', location.href).href, backend: askedBackend() });
}

/** Sends a command to the worker. @param transfer what it holds that moves over, and is gone here */
export function send(command: WorkerCommand, transfer: Transferable[] = []): void {
  worker?.postMessage(command, transfer);
}

/** The backend named in the address; anything else means `auto`. */
export function askedBackend(): 'auto' | 'webgpu' | 'wasm' {
  const asked = new URLSearchParams(location.search).get('backend');
  return asked === 'webgpu' || asked === 'wasm' ? asked : 'auto';
}

function crashed(message: string): void {
  receive({ type: 'error', scope: 'studio', error: { code: 'worker-crashed', message: `${message}.`, nextStep: 'Reload the page; saved runs are kept.' } });
}
