import {
  decodeInBrowser,
  decodePicture,
  pixelsOfBitmap,
} from '../../faces/decode/decode-in-browser';
import { DecodePool } from '../../faces/decode/decode-pool';
import { prepareCrop } from '../../faces/decode/prepare-crop';
import type { PickedFile } from '../../faces/sources/folder/local-file';
import { StudioError } from '../../core/studio-error';
import { encodeCropInBrowser } from '../runtime/encode-crop';
import { alignedFile } from '../storage/aligned-file';
import { presets } from '../../training/config/run-config';
import type { LessonConfig } from '../../training/lesson/lesson-config';
import type { WorkerCommand } from '../protocol';
import { trainedHead, type TrainedHead } from '../runtime/trained-head';
import type { StudioContext } from '../studio-context';
import { BenchController } from './bench-controller';
import { CameraController } from './camera-controller';
import { DataController } from './data-controller';
import { chosenCrop } from '../runtime/verification';
import { EvaluationController } from './evaluation-controller';
import { FaceController, type FaceTools } from './face-controller';
import { LessonController } from './lesson-controller';
import { ModelController } from './model-controller';
import { RunController } from './run-controller';

/** The studio's controllers, connected to each other: what one of them does to the others. */
export class Controllers {
  readonly camera = new CameraController();
  readonly data: DataController;
  readonly models: ModelController;
  readonly benches: BenchController;
  readonly faces: FaceController;
  readonly evaluation: EvaluationController;
  readonly lesson: LessonController;
  readonly runs: RunController;

  constructor(readonly context: StudioContext) {
    const { post, stores } = context;
    const runtime = () => context.runtime;
    const openSource = context.openSource.bind(context);
    this.data = new DataController(post, openSource, () => stores.features.freeBytes(), {
      networks: () => context.runtime.photoNetworks(),
      decode: (encoded) => decodePicture(encoded, 'The picture'),
      encode: encodeCropInBrowser,
      isBusy: () => this.runs.isOn || this.lesson.isOn,
      file: alignedFile,
    });
    this.models = new ModelController(post, runtime);
    this.benches = new BenchController(post, runtime);
    this.faces = new FaceController(post, () => this.faceTools);
    this.lesson = new LessonController((event) => post({ type: 'lesson', event }), stores.lesson);
    this.evaluation = new EvaluationController(
      post,
      async () => ({
        backbone: context.runtime.backbone,
        heads: await this.models.evaluatedHeads(this.#headInUse),
        networks: () => context.runtime.photoNetworks(),
        decode: decodePicture,
      }),
      stores.evaluation,
    );
    this.runs = new RunController({
      post,
      store: stores.run,
      features: stores.features,
      tabLock: stores.tabLock,
      runtime,
      openSource,
      centresFor: (config) => this.models.centresFor(config),
      othersIdle: () => this.evaluation.idle,
      onBackbone: () => this.backboneChanged(),
      onSession: () => this.models.forgetHead(),
      // A failure to read the faces again must not end the run.
      onBetterHead: () =>
        void this.faces
          .refresh()
          .catch((thrown: unknown) =>
            context.postError(
              'verification',
              thrown,
              'worker-crashed',
              'Choose the pictures again.',
            ),
          ),
    });
  }

  /**
   * The head in use: the one that was read from a file, else the run's once it has taken a step,
   * else the one that came with the studio.
   */
  get #headInUse(): TrainedHead | null {
    return this.models.trained ?? trainedHead(this.runs.session) ?? this.models.ready;
  }

  /**
   * What single faces and camera frames are read with. κ is only defined by an SCF head: if the
   * head in use was trained with another method, the one that came with the studio reads them.
   */
  get faceTools(): FaceTools {
    const { runtime } = this.context;
    const inUse = this.#headInUse;
    return {
      backbone: runtime.backbone,
      trained: inUse?.method === 'scf' ? inUse : this.models.ready,
      networks: () => runtime.photoNetworks(),
    };
  }

  /**
   * Drops everything that was trained or read on the backbone before, and reads the faces again.
   */
  async backboneChanged(): Promise<void> {
    const { runtime, post } = this.context;
    await this.forgetRun();
    this.models.forgetHead();
    this.models.forgetReadyHeads();
    post({ type: 'backbone', backbone: runtime.backboneInUse, heads: runtime.headSizes() });
    await this.models.useReadyHead();
    await this.faces.refresh();
  }

  /** Drops the head of the last run, and offers to resume what is saved of it. */
  async forgetRun(): Promise<void> {
    this.runs.forget();
    if (!this.runs.isOn) this.context.post({ type: 'resumable', run: await this.runs.resumable() });
  }

  /** Puts a sample of the last look at a source on a side. @throws StudioError `bad-image` */
  chooseSample({
    slot,
    id,
    key,
    add,
  }: Extract<WorkerCommand, { type: 'choose-sample' }>): Promise<void> {
    const record = this.data.sample(key);
    if (!record)
      throw new StudioError('bad-image', `There is no sample "${key}".`, 'Load the samples again.');
    const name = `person ${record.label}, picture ${record.key}`;
    const picture = decodeInBrowser(record.encoded).then((image) =>
      chosenCrop({ id, name, origin: 'sample' }, prepareCrop(image, null)),
    );
    return this.faces.choose(slot, picture, add);
  }

  /** Puts a person's own picture on a side. @throws StudioError `bad-image`, `no-face` */
  choosePhoto(command: Extract<WorkerCommand, { type: 'choose-photo' }>): Promise<void> {
    const decoded = command.photo
      .arrayBuffer()
      .then((bytes) => decodePicture(new Uint8Array(bytes), command.name));
    return this.faces.choosePhoto(command, decoded);
  }

  /** Reads a frame of the camera and posts the reading. */
  async readFrame(frame: ImageBitmap): Promise<void> {
    const { backbone, trained, networks } = this.faceTools;
    const reading = await this.camera.read(pixelsOfBitmap(frame), {
      backbone,
      trained,
      networks: await networks(),
    });
    this.context.post({ type: 'camera-reading', reading });
  }

  /** Runs a lesson, which compares its small backbone with the one in use. */
  async runLesson(config: LessonConfig, files: readonly PickedFile[] | undefined): Promise<void> {
    const source = await this.context.openSource(config.shards, files, {});
    await this.lesson.start(config, {
      source,
      decoder: new DecodePool(presets.demo.numWorkers),
      baseline: this.context.runtime.backbone,
    });
  }
}
