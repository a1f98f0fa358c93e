import {
  decodeInBrowser,
  decodePicture,
  pixelsOfBitmap,
} from '../../faces/decode/decode-in-browser';
import { DecodePool } from '../../faces/decode/decode-pool';
import { prepareCrop } from '../../faces/decode/prepare-crop';
import type { PickedFile } from '../../faces/sources/folder/local-file';
import { indexingProgress } from '../../faces/sources/open-context';
import { StudioError } from '../../core/studio-error';
import { encodeCropInBrowser } from '../runtime/encode-crop';
import { alignedFile } from '../storage/aligned-file';
import { presets } from '../../training/config/run-config';
import type { LessonConfig } from '../../training/lesson/lesson-config';
import type { CameraReading, HeadChoice, WorkerCommand } from '../protocol';
import type { StudioContext } from '../studio-context';
import type { Task } from '../task';
import { BenchController } from './bench-controller';
import { CameraController } from './camera-controller';
import { DataController } from './data-controller';
import { runPicture } from '../runtime/run-pictures';
import { chosenCrop } from '../runtime/verification';
import { EvaluationController } from './evaluation-controller';
import { IjbController } from './ijb/ijb-controller';
import { FaceController } from './face-controller';
import { HeadChoiceController, PHOTOGRAPHS } from './head-choice';
import { LessonController } from './lesson-controller';
import { ModelController } from './model-controller';
import { KeptRunsController } from './kept-runs-controller';
import { RunController } from './run-controller';
import type { ByteSource } from '../../formats/bytes/byte-source';
import { migrateSavedRun } from '../../runs/keeping/migrate-saved-run';
import { RunLibrary } from '../../runs/run-library';
import { channelOfTabs } from '../storage/site-data';
import { runLockInAllTabs } from '../storage/tab-lock';

/** The studio's controllers, connected to each other: what one of them does to the others. */
export class Controllers {
  readonly camera = new CameraController();
  readonly data: DataController;
  readonly models: ModelController;
  readonly benches: BenchController;
  readonly faces: FaceController;
  readonly heads: HeadChoiceController;
  readonly evaluation: EvaluationController;
  readonly ijb: IjbController;
  readonly lesson: LessonController;
  readonly runs: RunController;
  readonly library: RunLibrary;
  readonly keptRuns: KeptRunsController;

  constructor(readonly context: StudioContext) {
    const { post, stores, lease } = context;
    const runtime = () => context.runtime;
    const openSource = context.openSource.bind(context);
    this.data = new DataController(openSource, () => stores.features.freeBytes(), {
      networks: () => context.runtime.photoNetworks(),
      decode: (encoded) => decodePicture(encoded, 'The picture'),
      encode: encodeCropInBrowser,
      lease,
      features: stores.features,
      file: alignedFile,
      quiet: (since) => this.faces.quiet(since),
    });
    this.models = new ModelController(post, runtime);
    this.benches = new BenchController(runtime, lease);
    this.heads = new HeadChoiceController(post, {
      run: () => this.runs.head,
      file: () => this.models.fileHead,
      listed: () => this.models.ready.listed(),
      ready: (method, faces) => this.models.ready.get(method, faces),
    });
    this.faces = new FaceController(post, () => ({
      backbone: context.runtime.backbone,
      headFor: (kinds) => this.heads.forFaces(kinds),
      networks: () => context.runtime.photoNetworks(),
    }));
    this.lesson = new LessonController((event) => post({ type: 'lesson', event }), stores.lesson);
    const evaluationTools = async () => ({
      backbone: context.runtime.backbone,
      heads: await this.models.evaluatedHeads((await this.heads.forEvaluation())?.trained ?? null),
      networks: () => context.runtime.photoNetworks(),
      decode: decodePicture,
    });
    this.evaluation = new EvaluationController(
      post,
      evaluationTools,
      async () => ({
        backbone: context.runtime.backbone,
        heads: await this.models.drawnHeads(
          (await this.heads.forDrawnEvaluation())?.trained ?? null,
        ),
        open: (signal, warn) =>
          openSource(presets.demo.shards, undefined, { signal, onWarning: warn }),
        decode: decodePicture,
      }),
      stores.evaluation,
      lease,
    );
    this.ijb = new IjbController(evaluationTools, stores.evaluation, lease);
    // Ids of runs that another tab has changed.
    const runChanges = channelOfTabs('scf-studio-runs');
    this.library = new RunLibrary(stores.library, {
      // The other tab trains one; which, that run's state says.
      isTrainedElsewhere: async (id) =>
        (await stores.tabLock.isElsewhere()) &&
        (await this.library.open(id)).manifest.state === 'running',
      lock: runLockInAllTabs,
      onChange: (id) => {
        runChanges?.postMessage(id);
        post({ type: 'runs-changed' });
      },
      onProblem: (text) => post({ type: 'notice', text }),
    });
    runChanges?.addEventListener('message', ({ data }: MessageEvent<string>) => {
      this.library.forget(data);
      post({ type: 'runs-changed' });
    });
    this.keptRuns = new KeptRunsController(this.library, (source, name) =>
      this.loadHead(source, name),
    );
    this.runs = new RunController({
      post,
      library: this.library,
      shared: stores.run,
      features: stores.features,
      lease,
      tabLock: stores.tabLock,
      runtime,
      openSource,
      centresFor: (config) => this.models.centresFor(config),
      onBackbone: () => this.backboneChanged(),
      onHeadGone: () => this.#headUpdated('run', true),
      onBetterHead: () => this.#headUpdated('run', false),
    });
  }

  /**
   * Notes that a run's or a file's head has come, changed or gone, and reads the faces again if it
   * was chosen.
   */
  #headUpdated(kind: 'run' | 'file', isAnother: boolean): void {
    const { turn } = this.heads;
    // What fails here must not end a run.
    const report = (thrown: unknown) =>
      this.context.postError(
        'verification',
        thrown,
        'worker-crashed',
        'Choose the pictures again.',
      );
    this.heads.updated(kind, isAnother).catch(report);
    if (this.heads.turn !== turn) this.faces.refresh().catch(report);
  }

  /** Chooses the head that faces are read with, and reads them. @throws StudioError `bad-config` */
  async chooseHead(choice: HeadChoice): Promise<void> {
    const told = this.heads.choose(choice);
    await this.faces.refresh();
    await told;
  }

  /** Reads a head from a file, which can then be chosen. @throws StudioError `bad-checkpoint` */
  loadHead(source: ByteSource, name: string): Promise<void> {
    return this.models.loadHead(source, name, () => this.#headUpdated('file', true));
  }

  /**
   * Drops everything that was trained or read on the backbone before, and reads the faces again.
   */
  async backboneChanged(): Promise<void> {
    const { runtime, post } = this.context;
    // Directions of two backbones can't be compared.
    this.camera.forget();
    this.models.forgetHead();
    this.#headUpdated('file', true);
    this.models.ready.forget();
    await this.forgetRun();
    post({ type: 'backbone', backbone: runtime.backboneInUse, heads: runtime.headSizes() });
    await this.useHeads();
  }

  /** Tells the page which heads there are for the backbone in use, and reads the faces. */
  async useHeads(): Promise<void> {
    void this.models.ready.prepare('scf');
    const told = this.heads.backboneChanged();
    await this.faces.refresh();
    await told;
  }

  /**
   * Makes the kept runs ready: takes in a run that was saved before there was a library, and puts
   * in order what earlier visits left. A failure is posted, and nothing is lost by it.
   */
  async openLibrary(): Promise<void> {
    const { context, library } = this;
    const { run, tabLock } = context.stores;
    const report = (thrown: unknown) =>
      context.postError('run', thrown, 'storage-denied', 'Allow site data to have runs kept.');
    // Another tab is training: what it writes is none of this tab's business.
    const release = await tabLock.acquire().catch(report);
    if (!release) return;
    try {
      const damaged = await migrateSavedRun(run, library);
      if (damaged) context.post({ type: 'error', scope: 'run', error: damaged.toRecord() });
    } catch (thrown) {
      report(thrown);
    }
    await library.tidy().catch(report);
    release();
  }

  /** Drops the head of the last run, and offers to resume what is saved of it. */
  forgetRun(): Promise<void> {
    this.runs.forget();
    return this.runs.offer();
  }

  /** Puts a sample of the last look at a source on a side. @throws StudioError `bad-image` */
  chooseSample({
    slot,
    id,
    key,
    add,
    levels,
  }: Extract<WorkerCommand, { type: 'choose-sample' }>): Promise<void> {
    const record = this.data.sample(key);
    const { faces, lookedAt } = this.data;
    if (!record)
      throw new StudioError('bad-image', `There is no sample "${key}".`, 'Load the samples again.');
    const name = `person ${record.label}, picture ${record.key}`;
    const person = { source: lookedAt, label: record.label };
    const picture = decodeInBrowser(record.encoded).then((image) =>
      chosenCrop({ id, name, origin: 'sample', person, faces, levels }, prepareCrop(image, null)),
    );
    return this.faces.choose(slot, picture, add);
  }

  /**
   * Puts a picture of the run on a side, as the run's backbone saw it. @throws StudioError
   * `bad-image`
   */
  chooseRunPicture({
    slot,
    id,
    picture,
  }: Extract<WorkerCommand, { type: 'choose-run-picture' }>): Promise<void> {
    const chosen = runPicture(this.runs.session, picture).then((read) => {
      const { crop, label, key, faces, source } = read;
      const copy = picture.copy === 0 ? '' : `, copy ${picture.copy}`;
      const name = `person ${label}, picture ${key}${copy}`;
      return chosenCrop({ id, name, origin: 'sample', person: { source, label }, faces }, crop);
    });
    return this.faces.choose(slot, chosen, false);
  }

  /** Puts a person's own picture on a side. @throws StudioError `bad-image`, `no-face` */
  choosePhoto(command: Extract<WorkerCommand, { type: 'choose-photo' }>): Promise<void> {
    const decoded = command.photo
      .arrayBuffer()
      .then((bytes) => decodePicture(new Uint8Array(bytes), command.name));
    return this.faces.choosePhoto(command, decoded);
  }

  /**
   * Reads a frame of the camera. The reading is of the head that the page was told of last.
   */
  async readFrame(frame: ImageBitmap): Promise<CameraReading> {
    const { runtime } = this.context;
    const image = pixelsOfBitmap(frame);
    const networks = await runtime.photoNetworks();
    for (;;) {
      await this.heads.announced;
      const { turn } = this.heads;
      try {
        const head = await this.heads.forFaces(PHOTOGRAPHS);
        const tools = { backbone: runtime.backbone, trained: head?.trained ?? null, networks };
        const reading = await this.camera.read(image, tools);
        if (turn === this.heads.turn) return reading;
      } catch (thrown) {
        // A head that was dropped while it was in use fails; the frame is read with the next one.
        if (turn === this.heads.turn) throw thrown;
      }
    }
  }

  /** Runs a lesson, which compares its small backbone with the one in use. */
  async runLesson(
    config: LessonConfig,
    files: readonly PickedFile[] | undefined,
    task: Task,
  ): Promise<void> {
    const source = await this.context.openSource(config.shards, files, {
      onWarning: task.warn,
      ...indexingProgress(task.report),
    });
    await this.lesson.start(config, {
      report: task.report,
      source,
      decoder: new DecodePool(presets.demo.numWorkers),
      baseline: this.context.runtime.backbone,
    });
  }
}
