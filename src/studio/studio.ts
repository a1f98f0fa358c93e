import { StudioError } from '../core/studio-error';
import { Controllers } from './controllers/controllers';
import { followOtherTabs } from './follow-other-tabs';
import { dataHandlers } from './handlers/data-handlers';
import { faceHandlers, figureHandlers } from './handlers/face-handlers';
import { done, type Handlers } from './handlers/handlers';
import { ijbHandlers } from './handlers/ijb-handlers';
import { modelHandlers } from './handlers/model-handlers';
import { runHandlers } from './handlers/run-handlers';
import { runsHandlers } from './handlers/runs-handlers';
import type { RequestOf, RequestType, WorkerEvent } from './protocol';
import type { ReplyMessage, RequestMessage, WorkerMessage } from './protocol/messages';
import { DeviceRecovery } from './recovery/device-recovery';
import { ModelRuntime } from './runtime/model-runtime';
import { StudioContext, type StudioStores } from './studio-context';
import type { Task } from './task';

/**
 * The worker's whole behaviour: requests in; replies, failures, progress and events out. Each
 * request has a handler. The work is done by the {@link Controllers}; `BackendLease` says who has
 * the backend, and {@link DeviceRecovery} what happens when the device is lost.
 */
export class Studio {
  readonly #context: StudioContext;
  readonly #controllers: Controllers;
  readonly #recovery: DeviceRecovery;
  readonly #handlers: Handlers;

  constructor(
    readonly postMessage: <T extends RequestType>(message: WorkerMessage<T>) => void,
    stores: StudioStores,
  ) {
    this.#context = new StudioContext((event) => this.#postEvent(null, event), stores);
    this.#controllers = new Controllers(this.#context);
    this.#recovery = new DeviceRecovery(this.#context, this.#controllers);
    const tools = { context: this.#context, controllers: this.#controllers };
    this.#handlers = {
      initialise: done((command, task) => this.#initialise(command, task)),
      ...runHandlers(tools),
      ...runsHandlers(tools),
      ...modelHandlers(tools),
      ...dataHandlers(tools),
      ...faceHandlers(tools),
      ...figureHandlers(tools),
      ...ijbHandlers(tools),
    };
  }

  /** Carries out a request, and posts its reply, or why it has failed. */
  async handle<T extends RequestType>({ requestId, command }: RequestMessage<T>): Promise<void> {
    const type: T = command.type;
    const task: Task = {
      report: (progress) =>
        this.postMessage({ kind: 'task-progress', requestId, task: type, progress }),
      warn: (error) =>
        this.postMessage({ kind: 'warning', requestId, type, error: error.toRecord() }),
      post: (event, runId = null) => this.#postEvent(requestId, event, runId),
    };
    try {
      const result = await this.#handlers[type](command, task);
      const reply: ReplyMessage<T> = { kind: 'reply', requestId, type, result };
      this.postMessage(reply);
    } catch (thrown) {
      const nextStep = 'Reload the page; saved runs are kept.';
      const error = StudioError.record(thrown, 'worker-crashed', nextStep);
      this.postMessage({ kind: 'failure', requestId, type, error });
    }
  }

  /** Posts the state of the shard cache. */
  postCache(): Promise<void> {
    return this.#context.postCache();
  }

  #postEvent(requestId: number | null, event: WorkerEvent, runId: string | null = null): void {
    this.postMessage({ kind: 'event', requestId, runId, event });
  }

  /**
   * Makes the backend and the backbone ready.
   * @throws StudioError as {@link ModelRuntime.prepare}
   */
  async #initialise({ base, backend }: RequestOf<'initialise'>, task: Task): Promise<void> {
    const { runs, evaluation } = this.#controllers;
    // Before this tab can start a run, which would be mistaken for another tab's.
    followOtherTabs(this.#context, async () => {
      // What that tab left unfinished, or kept this one from putting in order.
      await this.#controllers.openLibrary();
      return runs.resumable();
    });
    const runtime = this.#createRuntime(base, backend);
    this.#context.initialise(base, runtime);
    // Meanwhile: both take their time.
    const library = this.#controllers.openLibrary();
    await runtime.prepare(task.report);
    await library;
    this.#context.post({
      type: 'ready',
      backend: runtime.backend,
      backbone: runtime.backboneInUse,
      heads: runtime.headSizes(),
      resumable: await runs.resumable(),
    });
    await this.#controllers.useHeads();
    await this.postCache().catch((thrown: unknown) => {
      const nextStep = 'Allow site data to have shards kept.';
      this.#context.postError('data', thrown, 'storage-denied', nextStep);
    });
    await evaluation.recall();
  }

  #createRuntime(base: string, preference: 'auto' | 'webgpu' | 'wasm'): ModelRuntime {
    return new ModelRuntime({
      base,
      preference,
      onFault: (error) => this.#recovery.onFault(error),
    });
  }
}
