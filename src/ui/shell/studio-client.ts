import workerUrl from '../../studio/studio.worker.ts?worker&url';
import type { WorkerCommand, WorkerEvent } from '../../studio/protocol';
import { RetryBudget } from '../../core/retry-budget';
import { recordEvent } from '../train/events/event-recorder';
import { forgetWorker, receive, studioStore } from './studio-store';

type Command<T extends WorkerCommand['type']> = Extract<WorkerCommand, { type: T }>;
type RunCommand = Command<'start' | 'resume-saved' | 'resume-file'>;

let worker: Worker | null = null;
const revivals = new RetryBudget();
/** The last of its kind: what a fresh worker is told again. */
let runAsked: RunCommand | null = null;
let backboneAsked: Command<'use-backbone'> | null = null;
/**
 * What a fresh worker is still to be told, one once it is ready, another once it has its backbone.
 */
let toTell: WorkerCommand[] = [];

/**
 * Starts the worker, once, with the backend that the address asks for
 * (`?backend=webgpu|wasm|auto`).
 */
export function startWorker(): void {
  if (!worker) launch();
}

/**
 * Sends a command to the worker. @param transfer what it holds that moves over, and is gone here
 */
export function send(command: WorkerCommand, transfer: Transferable[] = []): void {
  if (command.type === 'start' || command.type === 'resume-saved' || command.type === 'resume-file')
    runAsked = command;
  if (command.type === 'use-backbone') backboneAsked = command;
  worker?.postMessage(command, transfer);
}

/** The backend named in the address; anything else means `auto`. */
export function askedBackend(): 'auto' | 'webgpu' | 'wasm' {
  const asked = new URLSearchParams(location.search).get('backend');
  return asked === 'webgpu' || asked === 'wasm' ? asked : 'auto';
}

function launch(): void {
  // A worker from the network has the policy of its script's response, one from a blob that of the
  // page, which any host can give.
  const script = new Blob([`import ${JSON.stringify(new URL(workerUrl, import.meta.url).href)};`], {
    type: 'text/javascript',
  });
  const name = `studio ${Date.now()} ${Math.random()}`;
  worker = new Worker(URL.createObjectURL(script), { type: 'module', name });
  worker.onmessage = ({ data }: MessageEvent<WorkerEvent>) => {
    // A worker that has died tells nobody; its lock is free then.
    if (data.type === 'alive') void navigator.locks.request(name, revive);
    recordEvent(data);
    receive(data);
    if (data.type === 'ready' || data.type === 'backbone') tellNext();
    else if (data.type === 'error' && data.scope === 'models') toTell = [];
  };
  worker.onerror = (event) => crashed(event.message || 'The worker could not be started');
  worker.onmessageerror = () => crashed('A message could not be read');
  send({ type: 'initialise', base: new URL('./', location.href).href, backend: askedBackend() });
}

/**
 * Puts another worker in the place of one that has died; the run that it had goes on from its
 * checkpoint.
 */
function revive(): void {
  const { runState, savedStep, backbone, files, allowedOrigins } = studioStore.getState();
  const run =
    runState !== 'preparing' && runState !== 'running'
      ? null
      : savedStep === null
        ? runAsked
        : ({ type: 'resume-saved', files, allowedOrigins } as const);
  const hasPicked =
    backbone?.backbone === backboneAsked?.choice.backbone && backboneAsked?.files !== undefined;
  toTell = [...(hasPicked ? [backboneAsked!] : []), ...(run ? [run] : [])];
  forgetWorker();
  if (!revivals.take(savedStep ?? 0, performance.now()))
    return crashed('The studio’s worker died again and again');
  const fate = run
    ? ` The run goes on by itself, ${savedStep === null ? 'from where it was begun' : `from its checkpoint at step ${savedStep}`}.`
    : '';
  receive({
    type: 'notice',
    text:
      'The studio’s worker died, and another has been started; faces that were being ' +
      `compared have to be chosen again.${fate}`,
  });
  launch();
}

function tellNext(): void {
  const command = toTell.shift();
  if (command) send(command);
}

function crashed(message: string): void {
  receive({
    type: 'error',
    scope: 'studio',
    error: {
      code: 'worker-crashed',
      message: `${message}.`,
      nextStep: 'Reload the page; saved runs are kept.',
    },
  });
}
