import { createFaceSource, specOf } from '../faces/sources/create-source';
import { decodeInBrowser, decodePicture, imageOf } from '../faces/decode/decode-in-browser';
import { DecodePool } from '../faces/decode/decode-pool';
import type { FaceSource } from '../faces/face-source';
import type { IndexStore } from '../faces/sources/load-or-build-index';
import type { PickedFile } from '../faces/sources/folder/local-file';
import type { OpenContext } from '../faces/sources/open-context';
import { prepareCrop } from '../faces/decode/prepare-crop';
import { StudioError } from '../core/studio-error';
import { createHead } from '../models/heads/create-head';
import type { LessonConfig } from '../training/lesson/lesson-config';
import { presets, type RunConfig } from '../training/config/run-config';
import type { RunState } from '../training/session/run-events';
import type { RecordStore } from '../training/data/features/record-store';
import type { RunStore } from '../training/checkpoint/run-store';
import { BenchController } from './controllers/bench-controller';
import { CameraController } from './controllers/camera-controller';
import { scopeOf } from './command-scope';
import { DataController } from './controllers/data-controller';
import type { ShardCacheSettings } from './storage/shard-cache-settings';
import { LessonController } from './controllers/lesson-controller';
import { ModelController } from './controllers/model-controller';
import { ModelRuntime } from './runtime/model-runtime';
import { EvaluationController } from './controllers/evaluation-controller';
import { FaceController, type FaceTools } from './controllers/face-controller';
import type { TabLock } from './storage/tab-lock';
import { RunController } from './controllers/run-controller';
import type { BackboneChoice, WorkerCommand, WorkerEvent } from './protocol';
import { trainedHead, type TrainedHead } from './runtime/trained-head';

/** Where the studio keeps what outlives the page. */
export interface StudioStores {
  readonly run: RunStore;
  readonly lesson: RunStore;
  readonly evaluation: RunStore;
  readonly features: RecordStore;
  readonly indexes: IndexStore;
  readonly tabLock: TabLock;
  /** Opening it looks through what is kept, which the studio needn't wait for to be ready. */
  readonly shards: Promise<ShardCacheSettings>;
}

/**
 * The worker's whole behaviour: commands in, events out. It owns the backend, the backbone and at
 * most one run.
 */
export class Studio {
  readonly #faces = new FaceController(
    (event) => this.post(event),
    () => this.#faceTools,
  );
  readonly #camera = new CameraController();
  readonly #data = new DataController(
    (event) => this.post(event),
    (shards, files, opening) => this.#openSource(shards, files, opening),
    () => this.stores.features.freeBytes(),
  );
  readonly #evaluation: EvaluationController;
  readonly #models = new ModelController(
    (event) => this.post(event),
    () => this.#runtime!,
  );
  readonly #benches = new BenchController(
    (event) => this.post(event),
    () => this.#runtime!,
  );
  readonly #lesson: LessonController;
  readonly #runs: RunController;
  #base = '';
  #runtime: ModelRuntime | null = null;

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly stores: StudioStores,
  ) {
    this.#evaluation = new EvaluationController(
      (event) => this.post(event),
      async () => ({
        backbone: this.#runtime!.backbone,
        heads: await this.#models.evaluatedHeads(this.#trained),
        networks: () => this.#runtime!.photoNetworks(),
        decode: decodePicture,
      }),
      stores.evaluation,
    );
    this.#lesson = new LessonController(
      (event) => this.post({ type: 'lesson', event }),
      stores.lesson,
    );
    this.#runs = new RunController({
      post: (event) => this.post(event),
      store: stores.run,
      features: stores.features,
      tabLock: stores.tabLock,
      runtime: () => this.#runtime!,
      openSource: (shards, files, opening) => this.#openSource(shards, files, opening),
      centresFor: (config) => this.#models.centresFor(config),
      othersIdle: () => this.#evaluation.idle,
      onBackbone: () => this.#backboneChanged(),
      onSession: () => this.#models.forgetHead(),
      // A failure there must not end the run.
      onBetterHead: () =>
        void this.#faces.refresh().catch((thrown: unknown) =>
          this.post({
            type: 'error',
            scope: 'verification',
            error: StudioError.record(thrown, 'worker-crashed', 'Choose the pictures again.'),
          }),
        ),
    });
  }

  /** Carries out one command; whatever goes wrong becomes an `error` event. */
  async handle(command: WorkerCommand): Promise<void> {
    try {
      await this.#perform(command);
    } catch (thrown) {
      this.post({
        type: 'error',
        scope: scopeOf(command),
        error: StudioError.record(
          thrown,
          'worker-crashed',
          'Reload the page; saved runs are kept.',
        ),
      });
    }
  }

  async #perform(command: WorkerCommand): Promise<void> {
    switch (command.type) {
      case 'initialise':
        this.#base = command.base;
        // Before a run can be begun here, which would be taken for another's.
        this.#watchOthers();
        this.#runtime = this.#createRuntime(command.backend);
        await this.#runtime.prepare();
        this.post({
          type: 'ready',
          backend: this.#runtime.backend,
          backbone: this.#runtime.backboneInUse,
          heads: this.#runtime.headSizes(),
          resumable: await this.#runs.resumable(),
        });
        await this.postCache().catch((thrown: unknown) => {
          this.post({
            type: 'error',
            scope: 'data',
            error: StudioError.record(
              thrown,
              'storage-denied',
              'Allow site data to have shards kept.',
            ),
          });
        });
        await this.#models.useReadyHead();
        return this.#evaluation.recall();
      case 'start':
        return this.#asRun(() => this.#runs.start(command.config, command));
      case 'resume-saved':
        return this.#asRun(() => this.#runs.resumeSaved(command));
      case 'resume-file':
        return this.#asRun(() => this.#runs.resumeFile(command.file, command.config, command));
      case 'discard-saved':
        return this.#claimed(() => this.#runs.discardSaved());
      case 'pause':
        return this.#runs.session?.control.pause();
      case 'continue':
        return this.#runs.session?.play();
      case 'step':
        return this.#runs.session?.control.stepOnce();
      case 'stop':
        return this.#runs.stop();
      case 'export': {
        const { name, blob } = await this.#runs.export(command.what);
        return this.post({ type: 'file', name, blob });
      }
      case 'use-backbone':
        return this.#exclusively('Another backbone', () =>
          this.#useBackbone(command.choice, command.files),
        );
      case 'use-centres':
        return this.#exclusively('A reading of class centres', () =>
          this.#models.useCentres(command.name, command.files),
        );
      case 'compare-centres':
        return this.#exclusively('A comparison of class centres', () =>
          this.#compareCentres(command.config, command.files),
        );
      case 'start-lesson':
        return this.#exclusively('A lesson', () =>
          this.#claimed(() => this.#teach(command.config, command.files)),
        );
      case 'stop-lesson':
        return this.#lesson.stop();
      case 'export-lesson': {
        const file = await this.#lesson.file();
        return this.post({ type: 'file', name: file.name, blob: file });
      }
      case 'use-lesson': {
        const file = await this.#lesson.file();
        return this.#exclusively('Another backbone', () =>
          this.#useBackbone(
            { backbone: `files:${file.name}`, inputConvention: 'auto', convFeature: 'body' },
            [{ file, path: file.name }],
          ),
        );
      }
      case 'load-head':
        return this.#exclusively('Another head', async () => {
          if (!(await this.#models.loadHead(command.file))) return;
          await this.#forgetRun();
          await this.#faces.refresh();
        });
      case 'stop-models':
        return this.#models.stop();
      case 'look-at-source':
        return this.#data.look(command.shards, command.files, command.count);
      case 'survey-source':
        return this.#data.survey(command.shards, command.files);
      case 'plan-run':
        return this.#plan(command.config, command.files);
      case 'stop-data':
        return this.#data.stop();
      case 'set-cache-quota':
        await (await this.stores.shards).setQuota(command.bytes);
        return this.postCache();
      case 'clear-cache':
        await (await this.stores.shards).clear();
        return this.postCache();
      case 'choose-sample': {
        const record = this.#data.sample(command.key);
        if (!record)
          throw new StudioError(
            'bad-image',
            `There is no sample "${command.key}".`,
            'Load the samples again.',
          );
        const picture = decodeInBrowser(record.encoded).then((image) => ({
          id: command.id,
          name: `person ${record.label}, picture ${record.key}`,
          origin: 'sample' as const,
          crop: prepareCrop(image, null),
          photo: null,
        }));
        return this.#faces.choose(command.slot, picture, command.add);
      }
      case 'choose-photo':
        return this.#faces.choosePhoto(
          command,
          command.photo
            .arrayBuffer()
            .then((bytes) => decodePicture(new Uint8Array(bytes), command.name)),
        );
      case 'choose-face':
        return this.#faces.chooseFace(command.slot, command.id, command.face);
      case 'remove-face':
        return this.#faces.remove(command.slot, command.id);
      case 'degrade-face':
        return this.#faces.degrade(command.slot, command.id, command.levels);
      case 'sweep':
        return this.#faces.sweep(command.slot, command.id);
      case 'stop-sweep':
        return this.#faces.stopSweep();
      case 'camera-frame':
        return this.#readFrame(command.frame);
      case 'camera-enrol':
        return this.#camera.enrol();
      case 'camera-forget':
        return this.#camera.forget();
      case 'evaluate':
        return this.#evaluation.evaluate(command.request);
      case 'stop-evaluation':
        return this.#evaluation.stop();
      case 'run-benchmarks':
        return this.#exclusively('A measurement', () => this.#benches.run());
      case 'stop-benchmarks':
        return this.#benches.stop();
      default:
        command satisfies never;
    }
  }

  /**
   * The head that faces are read with: one that came out of a file, the run's once it has learnt
   * something, or the studio's own.
   */
  get #trained(): TrainedHead | null {
    return this.#models.trained ?? trainedHead(this.#runs.session) ?? this.#models.ready;
  }

  /**
   * The head that κ of single faces comes from: that of a run by another method than SCF says
   * something else.
   */
  get #reader(): TrainedHead | null {
    const trained = this.#trained;
    return trained?.method === 'scf' ? trained : this.#models.ready;
  }

  /** What single faces are found and read with. */
  get #faceTools(): FaceTools {
    const runtime = this.#runtime!;
    return {
      backbone: runtime.backbone,
      trained: this.#reader,
      networks: () => runtime.photoNetworks(),
    };
  }

  /** Carries out a run. @throws StudioError `bad-config` beside a lesson */
  #asRun(work: () => Promise<void>): Promise<void> {
    if (this.#lesson.isOn)
      throw new StudioError(
        'bad-config',
        'A lesson is on: a run beside it would slow both.',
        'Stop the lesson under Models, or wait for its end.',
      );
    return this.#evaluation.preemptFor(() => this.#claimed(work));
  }

  /**
   * Carries out what writes to the storage that all tabs share. @throws StudioError `bad-config`
   * while another tab does
   */
  async #claimed(work: () => Promise<void>): Promise<void> {
    const release = await this.stores.tabLock.acquire();
    if (!release)
      throw new StudioError(
        'bad-config',
        'Another tab of this browser has a run or a lesson, and one browser keeps one.',
        'Watch it here, or stop it there first.',
      );
    try {
      await work();
    } finally {
      release();
    }
  }

  /**
   * Shows what another tab's run tells; when that has ended, whatever ended it, what it saved is
   * offered here.
   */
  #watchOthers(): void {
    let state: RunState = 'idle';
    this.stores.tabLock.watch(
      () => this.post({ type: 'elsewhere', isOn: true }),
      (event) => {
        if (event.type === 'run-state') state = event.state;
        this.post(event);
      },
      () => {
        if (state === 'preparing' || state === 'running' || state === 'paused')
          this.post({ type: 'run-state', state: 'stopped', config: null });
        state = 'idle';
        this.post({ type: 'progress', progress: null });
        this.post({ type: 'elsewhere', isOn: false });
        void this.#runs.resumable().then((run) => this.post({ type: 'resumable', run }));
      },
    );
  }

  /**
   * Carries out what needs the backbone to itself. @throws StudioError `bad-config` beside a run
   */
  async #exclusively<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.#runs.isOn || this.#lesson.isOn)
      throw new StudioError(
        'bad-config',
        `${what} can’t be had beside a ${this.#runs.isOn ? 'run' : 'lesson'}.`,
        'Try again once it has ended.',
      );
    return this.#evaluation.preemptFor(async () => {
      await this.#evaluation.idle;
      return work();
    });
  }

  async #useBackbone(
    choice: BackboneChoice,
    files: readonly PickedFile[] | undefined,
  ): Promise<void> {
    if (await this.#models.useBackbone(choice, files)) await this.#backboneChanged();
  }

  /** What was trained on the backbone before goes: its κ would be of other features. */
  async #backboneChanged(): Promise<void> {
    const runtime = this.#runtime!;
    await this.#forgetRun();
    this.#models.forgetHead();
    this.#models.forgetReadyHeads();
    this.post({ type: 'backbone', backbone: runtime.backboneInUse, heads: runtime.headSizes() });
    await this.#models.useReadyHead();
    await this.#faces.refresh();
  }

  /** Lets go of the head of the run before; what is saved of it is offered again. */
  async #forgetRun(): Promise<void> {
    this.#runs.forget();
    if (!this.#runs.isOn) this.post({ type: 'resumable', run: await this.#runs.resumable() });
  }

  async #compareCentres(
    config: RunConfig,
    files: readonly PickedFile[] | undefined,
  ): Promise<void> {
    const decoder = new DecodePool(config.numWorkers);
    try {
      await this.#models.compareCentres(
        config,
        (signal) => this.#openSource(config.shards, files, { signal }),
        decoder,
      );
    } finally {
      decoder.dispose();
    }
  }

  async #teach(config: LessonConfig, files: readonly PickedFile[] | undefined): Promise<void> {
    const source = await this.#openSource(config.shards, files, {});
    await this.#lesson.start(config, {
      source,
      decoder: new DecodePool(presets.demo.numWorkers),
      reference: this.#runtime!.backbone,
    });
  }

  #createRuntime(preference: 'auto' | 'webgpu' | 'wasm'): ModelRuntime {
    return new ModelRuntime({
      base: this.#base,
      preference,
      onFault: (error) => {
        if (this.#runs.isOn) return this.#runs.stop(error);
        this.#lesson.stop(error);
        void this.#recover(error);
      },
      onProgress: (progress) => this.post({ type: 'progress', progress }),
    });
  }

  /** Makes the studio ready on a fresh device, where no run does. */
  async #recover(error: StudioError): Promise<void> {
    try {
      await this.#evaluation.idle;
      await this.#runtime!.prepare();
      await this.#backboneChanged();
      this.post({
        type: 'notice',
        text:
          `${error.message} The studio is ready again on a fresh device; a head that ` +
          'was trained here can be had again from its run.',
      });
    } catch (thrown) {
      this.post({
        type: 'error',
        scope: 'studio',
        error: StudioError.record(thrown, 'device-lost', 'Reload the page; saved runs are kept.'),
      });
    }
  }

  async #openSource(
    shards: string,
    files: readonly PickedFile[] | undefined,
    opening: OpenContext,
  ): Promise<FaceSource> {
    return createFaceSource(specOf(shards, files), this.#base, {
      cache: (await this.stores.shards).cache,
      indexes: this.stores.indexes,
      onWarning: (error) => this.post({ type: 'error', scope: 'data', error: error.toRecord() }),
      ...opening,
    });
  }

  async #plan(config: RunConfig, files: readonly PickedFile[] | undefined): Promise<void> {
    if (this.#runs.isOn || this.#lesson.isOn)
      throw new StudioError(
        'bad-config',
        'A run or a lesson is on: a measurement beside it would be of neither.',
        'Measure once it has ended.',
      );
    if (this.#evaluation.isAtWork)
      throw new StudioError(
        'bad-config',
        'Methods are being evaluated: a measurement beside it would be of neither.',
        'Measure once that has ended.',
      );
    const decoder = new DecodePool(config.numWorkers);
    const { backbone, maxBlockBytes } = this.#runtime!;
    const { convShape, embeddingDim } = backbone;
    // Embedding takes nearly all of the time, whichever head reads its features: the smallest.
    const head = createHead(
      'compact',
      { convShape, embeddingDim, initialLogKappa: null },
      config.seed,
      maxBlockBytes,
    );
    try {
      await this.#evaluation.preemptFor(() =>
        this.#data.plan({ config, backbone, head, decoder }, files),
      );
    } finally {
      decoder.dispose();
      head.dispose();
    }
  }

  /** Says what is kept of streamed shards. */
  async postCache(): Promise<void> {
    this.post({ type: 'cache', cache: await (await this.stores.shards).state() });
  }

  async #readFrame(frame: ImageBitmap): Promise<void> {
    const { backbone, trained, networks } = this.#faceTools;
    const reading = await this.#camera.read(imageOf(frame), {
      backbone,
      trained,
      networks: await networks(),
    });
    this.post({ type: 'camera-reading', reading });
  }
}
