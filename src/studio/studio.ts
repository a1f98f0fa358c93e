import { DecodePool } from '../faces/decode/decode-pool';
import type { PickedFile } from '../faces/sources/folder/local-file';
import type { RunConfig } from '../training/config/run-config';
import { scopeOf } from './command-scope';
import { Controllers } from './controllers/controllers';
import { followOtherTabs } from './follow-other-tabs';
import { planRun } from './plan-run';
import type { BackboneChoice, WorkerCommand, WorkerEvent } from './protocol';
import { DeviceRecovery } from './recovery/device-recovery';
import type { ExportedFile } from './runtime/export-run';
import { ModelRuntime } from './runtime/model-runtime';
import { underTabLock } from './storage/tab-lock';
import { StudioContext, type StudioStores } from './studio-context';

type Command<T extends WorkerCommand['type']> = Extract<WorkerCommand, { type: T }>;

/**
 * The worker's whole behaviour: commands in, events out. This class dispatches the commands. The
 * work is done by the {@link Controllers}; `BackendLease` says who has the backend, and
 * {@link DeviceRecovery} what happens when the device is lost.
 */
export class Studio {
  readonly #context: StudioContext;
  readonly #controllers: Controllers;
  readonly #recovery: DeviceRecovery;

  constructor(post: (event: WorkerEvent) => void, stores: StudioStores) {
    this.#context = new StudioContext(post, stores);
    this.#controllers = new Controllers(this.#context);
    this.#recovery = new DeviceRecovery(this.#context, this.#controllers);
  }

  /** Carries out one command. If it fails, posts an `error` event of the command's scope. */
  async handle(command: WorkerCommand): Promise<void> {
    try {
      await this.#perform(command);
    } catch (thrown) {
      const nextStep = 'Reload the page; saved runs are kept.';
      this.#context.postError(scopeOf(command), thrown, 'worker-crashed', nextStep);
    }
  }

  /** Posts the state of the shard cache. */
  postCache(): Promise<void> {
    return this.#context.postCache();
  }

  async #perform(command: WorkerCommand): Promise<void> {
    const { runs, lesson, models, data, faces, camera, evaluation, benches } = this.#controllers;
    switch (command.type) {
      case 'initialise':
        return this.#initialise(command);

      case 'start':
        return runs.start(command.config, command);
      case 'resume-saved':
        return runs.resumeSaved(command);
      case 'resume-file':
        return runs.resumeFile(command.file, command.config, command);
      case 'discard-saved':
        return underTabLock(this.#context.stores.tabLock, () => runs.discardSaved());
      case 'pause':
        return runs.session?.control.pause();
      case 'continue':
        return runs.session?.play();
      case 'step':
        return runs.session?.control.stepOnce();
      case 'stop':
        return runs.stop();
      case 'export':
        return this.#postFile(await runs.export(command.what));

      case 'use-backbone':
        return this.#useBackbone(command.choice, command.files);
      case 'use-centres':
        return this.#change('a reading of class centres', () =>
          models.useCentres(command.name, command.files),
        );
      case 'compare-centres':
        return this.#compareCentres(command.config, command.files);
      case 'load-head':
        return this.#change('another head', () => this.#controllers.loadHead(command.file));
      case 'stop-models':
        return models.stop();
      case 'start-lesson':
        return this.#context.lease.hold({ use: 'lesson', what: 'a lesson' }, () =>
          this.#controllers.runLesson(command.config, command.files),
        );
      case 'stop-lesson':
        return lesson.stop();
      case 'export-lesson':
        return this.#exportLesson();
      case 'use-lesson':
        return this.#useLesson();

      case 'look-at-source':
        return data.look(command.shards, command.files, command.count);
      case 'survey-source':
        return data.survey(command.shards, command.files);
      case 'align-source':
        return data.align(command.shards, command.files, command.mode);
      case 'plan-run':
        return planRun(command.config, command.files, this.#context.runtime, data);
      case 'stop-data':
        return data.stop();
      case 'set-cache-quota':
        await (await this.#context.stores.shards).setQuota(command.bytes);
        return this.postCache();
      case 'clear-cache':
        await (await this.#context.stores.shards).clear();
        return this.postCache();

      case 'choose-head':
        return this.#controllers.chooseHead(command.choice);
      case 'choose-sample':
        return this.#controllers.chooseSample(command);
      case 'choose-photo':
        return this.#controllers.choosePhoto(command);
      case 'choose-face':
        return faces.chooseFace(command.slot, command.id, command.face);
      case 'remove-face':
        return faces.remove(command.slot, command.id);
      case 'degrade-face':
        return faces.degrade(command.slot, command.id, command.levels);
      case 'sweep':
        return faces.sweep(command.slot, command.id);
      case 'stop-sweep':
        return faces.stopSweep();
      case 'camera-frame':
        return this.#controllers.readFrame(command.frame);
      case 'camera-enrol':
        return camera.enrol();
      case 'camera-forget':
        return camera.forget();

      case 'evaluate':
        return evaluation.evaluate(command.request);
      case 'stop-evaluation':
        return evaluation.stop();
      case 'run-benchmarks':
        return benches.run();
      case 'stop-benchmarks':
        return benches.stop();
      default:
        command satisfies never;
    }
  }

  /**
   * Makes the backend and the backbone ready.
   * @throws StudioError as {@link ModelRuntime.prepare}
   */
  async #initialise({ base, backend }: Command<'initialise'>): Promise<void> {
    const { runs, evaluation } = this.#controllers;
    // Before this tab can start a run, which would be mistaken for another tab's.
    followOtherTabs(this.#context, () => runs.resumable());
    const runtime = this.#createRuntime(base, backend);
    this.#context.initialise(base, runtime);
    await runtime.prepare();
    this.#context.post({
      type: 'ready',
      backend: runtime.backend,
      backbone: runtime.backboneInUse,
      heads: runtime.headSizes(),
      resumable: await runs.resumable(),
    });
    await this.postCache().catch((thrown: unknown) => {
      const nextStep = 'Allow site data to have shards kept.';
      this.#context.postError('data', thrown, 'storage-denied', nextStep);
    });
    await this.#controllers.useHeads();
    await evaluation.recall();
  }

  #createRuntime(base: string, preference: 'auto' | 'webgpu' | 'wasm'): ModelRuntime {
    return new ModelRuntime({
      base,
      preference,
      onFault: (error) => this.#recovery.onFault(error),
      onProgress: (progress) => this.#context.post({ type: 'progress', progress }),
    });
  }

  #postFile({ name, blob }: ExportedFile): void {
    this.#context.post({ type: 'file', name, blob });
  }

  async #exportLesson(): Promise<void> {
    const file = await this.#controllers.lesson.file();
    this.#postFile({ name: file.name, blob: file });
  }

  /** Changes what the backend holds, once it is free. @throws StudioError `bad-config` if it isn't */
  #change(what: string, work: () => Promise<void>): Promise<void> {
    return this.#context.lease.hold({ use: 'change', what }, work);
  }

  #useBackbone(choice: BackboneChoice, files: readonly PickedFile[] | undefined): Promise<void> {
    return this.#change('another backbone', async () => {
      if (await this.#controllers.models.useBackbone(choice, files))
        await this.#controllers.backboneChanged();
    });
  }

  /**
   * Puts the lesson's small backbone in use.
   * @throws StudioError `bad-checkpoint` if there is none
   */
  async #useLesson(): Promise<void> {
    const file = await this.#controllers.lesson.file();
    const choice: BackboneChoice = {
      backbone: `files:${file.name}`,
      inputConvention: 'auto',
      convFeature: 'body',
    };
    return this.#useBackbone(choice, [{ file, path: file.name }]);
  }

  async #compareCentres(
    config: RunConfig,
    files: readonly PickedFile[] | undefined,
  ): Promise<void> {
    const claim = { use: 'comparison', what: 'a comparison of class centres' } as const;
    await this.#context.lease.hold(claim, async (ended) => {
      const decoder = new DecodePool(config.numWorkers);
      const open = (signal: AbortSignal) =>
        this.#context.openSource(config.shards, files, { signal });
      try {
        await this.#controllers.models.compareCentres(config, open, decoder, ended);
      } finally {
        decoder.dispose();
      }
    });
  }
}
