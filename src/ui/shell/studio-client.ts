import workerUrl from '../../studio/studio.worker.ts?worker&url';
import type { WorkerCommand, WorkerEvent } from '../../studio/protocol';
import { isActive } from '../../training/session/run-machine';
import { RetryBudget } from '../../core/retry-budget';
import { recordEvent } from '../train/events/event-recorder';
import { receive } from './receive-event';
import { forgetWorker, studioStore } from './studio-store';

type Command<T extends WorkerCommand['type']> = Extract<WorkerCommand, { type: T }>;
type RunCommand = Command<'start' | 'resume-saved' | 'resume-file'>;

let worker: Worker | null = null;
const restarts = new RetryBudget();
/** The last command of its kind, which a restarted worker receives again. */
let lastRunCommand: RunCommand | null = null;
let lastBackboneCommand: Command<'use-backbone'> | null = null;
/** Commands for a restarted worker: one is sent once it is ready, one once it has its backbone. */
let restartCommands: WorkerCommand[] = [];

/**
 * Starts the worker, once, with the backend named in the address (`?backend=webgpu|wasm|auto`).
 */
export function startWorker(): void {
  if (!worker) launch();
}

/** Sends a command to the worker. @param transfer objects of it that move to the worker */
export function send(command: WorkerCommand, transfer: Transferable[] = []): void {
  if (command.type === 'start' || command.type === 'resume-saved' || command.type === 'resume-file')
    lastRunCommand = command;
  if (command.type === 'use-backbone') lastBackboneCommand = command;
  worker?.postMessage(command, transfer);
}

/** The backend named in the address; anything else means `auto`. */
export function requestedBackend(): 'auto' | 'webgpu' | 'wasm' {
  const named = new URLSearchParams(location.search).get('backend');
  return named === 'webgpu' || named === 'wasm' ? named : 'auto';
}

function launch(): void {
  // A worker script from the network has the security policy of its own response. One from a blob
  // inherits the page's policy, whatever the host.
  const script = new Blob([`import ${JSON.stringify(new URL(workerUrl, import.meta.url).href)};`], {
    type: 'text/javascript',
  });
  const name = `studio ${Date.now()} ${Math.random()}`;
  worker = new Worker(URL.createObjectURL(script), { type: 'module', name });
  worker.onmessage = ({ data }: MessageEvent<WorkerEvent>) => {
    // The worker holds a lock of its name. A crash sends no event, but it frees the lock.
    if (data.type === 'alive') void navigator.locks.request(name, restart);
    recordEvent(data);
    receive(data);
    if (data.type === 'ready' || data.type === 'backbone') sendRestartCommand();
    else if (data.type === 'error' && data.scope === 'models') restartCommands = [];
  };
  worker.onerror = (event) => reportCrash(event.message || 'The worker could not be started');
  worker.onmessageerror = () => reportCrash('A message could not be read');
  send({
    type: 'initialise',
    base: new URL('./', location.href).href,
    backend: requestedBackend(),
  });
}

/** Replaces a worker that died. Its run resumes from the last checkpoint, else from its start. */
function restart(): void {
  const { savedStep, backbone } = studioStore.getState();
  const run = interruptedRun();
  const hasPickedBackbone =
    lastBackboneCommand?.files !== undefined &&
    lastBackboneCommand.choice.backbone === backbone?.backbone;
  restartCommands = [];
  if (hasPickedBackbone) restartCommands.push(lastBackboneCommand!);
  if (run) restartCommands.push(run);
  forgetWorker();
  if (!restarts.take(savedStep ?? 0, performance.now()))
    return reportCrash('The studio’s worker died again and again');
  const from = savedStep === null ? 'its beginning' : `its checkpoint at step ${savedStep}`;
  const resumption = run ? ` The run goes on by itself, from ${from}.` : '';
  receive({
    type: 'notice',
    text:
      'The studio’s worker died, and another has been started. Faces that were being compared ' +
      `have to be chosen again.${resumption}`,
  });
  launch();
}

/** The command that continues the run that the worker had; null if it had none. */
function interruptedRun(): RunCommand | null {
  const { runState, savedStep, files, allowedOrigins } = studioStore.getState();
  if (!isActive(runState) || runState === 'paused') return null;
  return savedStep === null ? lastRunCommand : { type: 'resume-saved', files, allowedOrigins };
}

function sendRestartCommand(): void {
  const command = restartCommands.shift();
  if (command) send(command);
}

function reportCrash(message: string): void {
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
