import workerUrl from '../../../studio/studio.worker.ts?worker&url';
import type {
  Replies,
  RequestOf,
  RequestType,
  WorkerCommand,
  WorkerEvent,
} from '../../../studio/protocol';
import { checkWorkerMessage } from '../../../studio/protocol/check-message';
import type { WorkerMessage } from '../../../studio/protocol/messages';
import { isActive } from '../../../training/session/run-machine';
import { RetryBudget } from '../../../core/retry-budget';
import type { StudioError } from '../../../core/studio-error';
import { recordEvent } from '../../train/events/event-recorder';
import { receive, receiveFailure, receiveSuccess, receiveWarning } from '../receive-event';
import { RequestClient, WorkerDied, type Answer } from './request-client';
import { placeOf } from './request-place';
import { dismissErrorsAbout, forgetWorker, studioStore } from '../studio-store';
import { tasksReducer } from './tasks-slice';

type RunCommand = RequestOf<'start' | 'resume-run' | 'resume-file'>;

/** null before it is started, and once it has died for good. */
let worker: Worker | null = null;
const restarts = new RetryBudget();
/** The last command of its kind, which a restarted worker receives again. */
let lastRunCommand: RunCommand | null = null;
let lastBackboneCommand: RequestOf<'use-backbone'> | null = null;
/** Commands for a restarted worker, once it is ready. */
let restartCommands: WorkerCommand[] = [];

/**
 * Starts the worker, once, with the backend named in the address (`?backend=webgpu|wasm|auto`).
 */
export function startWorker(): void {
  if (!worker) launch();
}

const client = new RequestClient({
  post(message, transfer) {
    if (!worker) throw new Error('The studio’s worker isn’t running.');
    worker.postMessage(message, transfer);
  },
  onTask: (event) => studioStore.setState((state) => tasksReducer(event, state)),
});

/**
 * Sends a request to the worker.
 * @param transfer objects of it that move to the worker
 * @returns the worker's reply
 * @throws StudioError if the request fails, or the worker dies before it has answered
 */
export function request<T extends RequestType>(
  command: RequestOf<T>,
  transfer: Transferable[] = [],
): Promise<Replies[T]> {
  return client.request(command, transfer);
}

/**
 * Sends a request, and shows in its place why it fails. What failed there before is dismissed; on
 * the sides of a comparison once this has succeeded, since the picture before is still shown there.
 * @param onReply takes the reply before anything that the worker tells later
 * @param transfer objects of it that move to the worker
 */
export function ask<T extends RequestType>(
  command: RequestOf<T>,
  onReply: (reply: Replies[T]) => void,
  transfer: Transferable[] = [],
): void {
  const { scope, about } = placeOf(command);
  if (scope !== 'verification') dismissErrorsAbout(about);
  const answer: Answer<T> = {
    onReply(reply) {
      receiveSuccess(command);
      onReply(reply);
    },
    onFailure: (error) => showFailure(command, error),
  };
  client.ask(command, answer, transfer);
}

function showFailure(command: WorkerCommand, error: StudioError): void {
  // The page says once that the worker has died, not for each request.
  if (!(error instanceof WorkerDied)) receiveFailure(command, error.toRecord());
}

/** As {@link ask}, for a request whose reply says no more than that it is done. */
export function send(command: WorkerCommand, transfer: Transferable[] = []): void {
  if (command.type === 'start' || command.type === 'resume-run' || command.type === 'resume-file')
    lastRunCommand = command;
  if (command.type === 'use-backbone') lastBackboneCommand = command;
  ask(command, () => undefined, transfer);
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
  let hasBegun = false;
  worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
    hasBegun = true;
    if (import.meta.env.DEV) checkWorkerMessage(data);
    receiveMessage(data, name);
  };
  worker.onerror = (event) => {
    if (!hasBegun) forgetForGood();
    reportCrash(event.message || 'The worker could not be started');
  };
  worker.onmessageerror = () => reportCrash('A message could not be read');
  send({
    type: 'initialise',
    base: new URL('./', location.href).href,
    backend: requestedBackend(),
  });
}

/** @param name of the worker, and of the lock that it holds */
function receiveMessage(message: WorkerMessage, name: string): void {
  switch (message.kind) {
    case 'reply':
    case 'failure':
    case 'task-progress':
      return client.receive(message);
    case 'warning':
      return receiveWarning(message.type, message.error);
    case 'event':
      // A crash sends no event, but it frees the lock.
      if (message.event.type === 'alive') void navigator.locks.request(name, restart);
      return receiveEvent(message.event);
    default:
      message satisfies never;
  }
}

function receiveEvent(event: WorkerEvent): void {
  recordEvent(event);
  receive(event);
  if (event.type === 'ready') carryOut(restartCommands);
}

/** Ends what was asked of a worker that no other takes the place of: nothing will answer. */
function forgetForGood(): void {
  worker = null;
  client.endAll();
}

/** Replaces a worker that died. Its run resumes from the last checkpoint, else from its start. */
function restart(): void {
  client.endAll();
  const { savedStep, backbone } = studioStore.getState();
  const run = interruptedRun();
  const hasPickedBackbone =
    lastBackboneCommand?.files !== undefined &&
    lastBackboneCommand.choice.backbone === backbone?.backbone;
  restartCommands = [];
  if (hasPickedBackbone) restartCommands.push(lastBackboneCommand!);
  if (run) restartCommands.push(run);
  forgetWorker();
  if (!restarts.take(savedStep ?? 0, performance.now())) {
    forgetForGood();
    return reportCrash('The studio’s worker died again and again');
  }
  const from = savedStep === null ? 'its beginning' : `its checkpoint at step ${savedStep}`;
  const resumption = run ? ` The run goes on by itself, from ${from}.` : '';
  receive({
    type: 'notice',
    text:
      'The studio’s worker died, and another has been started. Photographs that were being ' +
      `compared have to be chosen again.${resumption}`,
  });
  launch();
}

/** The command that continues the run that the worker had; null if it had none. */
function interruptedRun(): RunCommand | null {
  const { runState, savedStep, keptRun } = studioStore.getState();
  if (!isActive(runState) || runState === 'paused') return null;
  if (savedStep === null || keptRun === null || lastRunCommand === null) return lastRunCommand;
  // The run's own files: the form may have been given others since.
  const { files, allowedOrigins } = lastRunCommand;
  return { type: 'resume-run', runId: keptRun.id, files, allowedOrigins };
}

/** Carries out commands one after the other, up to the first that fails. */
function carryOut([command, ...others]: readonly WorkerCommand[]): void {
  if (!command) return;
  restartCommands = [];
  client.ask(command, {
    onReply: () => carryOut(others),
    onFailure: (error) => showFailure(command, error),
  });
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
