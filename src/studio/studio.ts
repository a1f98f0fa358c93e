import { bytesAllocated, chooseBackend, type BackendReport } from '../engine/backend';
import { gibibytes, requireGpuMemory } from '../engine/gpu-memory-probe';
import { cropPhoto, type PhotoNetworks } from '../faces/crop-photo';
import { createFaceSource, specOf } from '../faces/create-source';
import { decodeInBrowser } from '../faces/decode-in-browser';
import { DecodePool } from '../faces/decode-pool';
import type { FaceRecord, RgbImage } from '../faces/face-record';
import type { PickedFile } from '../faces/local-file';
import { prepareCrop } from '../faces/prepare-crop';
import { fetchOrThrow } from '../formats/byte-source';
import { StudioError } from '../formats/studio-error';
import { MOBILE_FACE_NET, OnnxBackbone } from '../models/onnx-backbone';
import { DETECTOR_INPUT, LANDMARK_INPUT, OnnxImageNetwork } from '../models/onnx-image-network';
import { headNames, parameterCount, peakTrainingBytes } from '../models/heads/create-head';
import { readCheckpointHeader } from '../training/checkpoint';
import { presets, type RunConfig } from '../training/run-config';
import type { RunStore } from '../training/run-store';
import type { SessionEvent } from '../training/run-events';
import { CHECKPOINT_FILE, progressOf, runName, TrainingSession } from '../training/training-session';
import type { FaceSlot, HeadSize, ResumableRun, WorkerCommand, WorkerEvent } from './protocol';
import { Verification } from './verification';

/** wasm's heap ends at 4 GiB. */
const WASM_HEAP = 4 * 2 ** 30;
/** Heads that need more than this on the GPU are asked about before they are made. */
const PROBED_FROM = 256 * 2 ** 20;
/** A software adapter's memory is the machine's own, which a page must not fill. */
const MOST_IN_SOFTWARE = 4 * 2 ** 30;

/** The worker's whole behaviour: commands in, events out. It owns the backend, the backbone and at most one run. */
export class Studio {
  readonly #verification = new Verification();
  readonly #samples = new Map<string, FaceRecord>();
  #base = '';
  #preference: 'auto' | 'webgpu' | 'wasm' = 'auto';
  #backend: BackendReport | null = null;
  #backbone: OnnxBackbone | null = null;
  #session: TrainingSession | null = null;
  /** Settles when the session's run has ended, whatever ended it. */
  #running: Promise<void> = Promise.resolve();
  /** Counts the runs asked for. */
  #turn = 0;
  #decoder: DecodePool | null = null;
  /** Fetched when the first photograph comes. */
  #photoNetworks: Promise<PhotoNetworks> | null = null;
  /** What the GPU did; the next run makes a fresh device. */
  #fault: StudioError | null = null;

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly store: RunStore,
  ) {}

  /** Carries out one command; whatever goes wrong becomes an `error` event. */
  async handle(command: WorkerCommand): Promise<void> {
    try {
      await this.#perform(command);
    } catch (thrown) {
      const scope = command.type === 'initialise' ? 'studio' : /face|photo|sample/.test(command.type) ? 'verification' : 'run';
      this.post({ type: 'error', scope, error: StudioError.record(thrown, 'worker-crashed', 'Reload the page; saved runs are kept.') });
    }
  }

  async #perform(command: WorkerCommand): Promise<void> {
    switch (command.type) {
      case 'initialise':
        this.#base = command.base;
        this.#preference = command.backend;
        await this.#prepareBackbone();
        this.post({ type: 'ready', backend: this.#backend!, heads: this.#headSizes(), resumable: await this.#resumable() });
        return;
      case 'start':
        return this.#run(command.config, command.files, null);
      case 'resume-saved': {
        const saved = await this.store.read(CHECKPOINT_FILE);
        if (!saved) throw new StudioError('bad-checkpoint', 'There is no saved run to resume.', 'Start a new one.');
        return this.#run(readCheckpointHeader(saved).config, command.files, saved);
      }
      case 'discard-saved':
        await this.store.remove(CHECKPOINT_FILE);
        this.post({ type: 'resumable', run: null });
        return;
      case 'pause':
        this.#session?.control.pause();
        return;
      case 'continue':
        this.#session?.play();
        return;
      case 'step':
        this.#session?.control.stepOnce();
        return;
      case 'stop':
        this.#session?.control.stop();
        return;
      case 'export-head':
        if (!this.#session) throw new StudioError('bad-checkpoint', 'There is no head yet.', 'Train one first.');
        this.post({ type: 'head-file', name: `${runName(this.#session.config)}.safetensors`, bytes: await this.#session.exportHead() });
        return;
      case 'list-samples':
        return this.#listSamples(command.shards, command.files, command.count);
      case 'choose-sample': {
        const record = this.#samples.get(command.key);
        if (!record) throw new StudioError('bad-image', `There is no sample "${command.key}".`, 'Load the samples again.');
        const image = await decodeInBrowser(record.jpeg);
        this.#verification.choose(command.slot, `person ${record.label}, picture ${record.key}`, 'sample', prepareCrop(image, null));
        return this.#readFaces([command.slot]);
      }
      case 'choose-photo': {
        const image = await decodePhoto(command.photo, command.name);
        this.#photoNetworks ??= this.#loadPhotoNetworks();
        const { crop, origin, faces } = await cropPhoto(image, command.name, await this.#photoNetworks);
        const name = faces > 1 ? `${command.name}, the largest of ${faces} faces` : command.name;
        this.#verification.choose(command.slot, name, origin, crop);
        return this.#readFaces([command.slot]);
      }
      case 'degrade-face':
        this.#verification.degrade(command.slot, command.levels);
        return this.#readFaces([command.slot]);
      default:
        command satisfies never;
    }
  }

  /** Backend and backbone, anew after a fault: a lost device takes every tensor with it. */
  async #prepareBackbone(): Promise<void> {
    this.#backend = await chooseBackend({
      preference: this.#preference,
      wasmPath: new URL('wasm/', this.#base).href,
      onFault: (error) => {
        this.#fault = error;
        if (this.#session) this.#session.control.stop(error);
        else this.post({ type: 'error', scope: 'studio', error: error.toRecord() });
      },
    });
    this.#fault = null;
    this.#photoNetworks = null;
    const progress = progressOf('fetching-models', 'Fetching the face backbone', null, 'bytes', this.post);
    const bytes = await this.#fetchModel('fr_feature');
    progress(bytes.length);
    this.#backbone = await OnnxBackbone.load(bytes, MOBILE_FACE_NET);
    this.post({ type: 'progress', progress: null });
  }

  async #fetchModel(name: string): Promise<Uint8Array> {
    const url = new URL(`models/${name}.onnx`, this.#base).href;
    return new Uint8Array(await (await fetchOrThrow(url)).arrayBuffer());
  }

  async #loadPhotoNetworks(): Promise<PhotoNetworks> {
    try {
      const [detector, landmarks] = await Promise.all([this.#fetchModel('fr_detect'), this.#fetchModel('fr_landmark')]);
      return { detector: new OnnxImageNetwork(detector, DETECTOR_INPUT), landmarks: new OnnxImageNetwork(landmarks, LANDMARK_INPUT) };
    } catch (thrown) {
      // The next photograph tries again.
      this.#photoNetworks = null;
      throw thrown;
    }
  }

  /** The run that lies saved. One that can't be read is said aloud and left where it is. */
  async #resumable(): Promise<ResumableRun | null> {
    try {
      const saved = await this.store.read(CHECKPOINT_FILE);
      if (!saved) return null;
      const { config, cursor, savedAt } = readCheckpointHeader(saved);
      return { config, step: cursor.step, epoch: cursor.epoch, savedAt, needsFiles: config.shards.startsWith('files:') };
    } catch (thrown) {
      this.post({ type: 'error', scope: 'run', error: StudioError.record(thrown, 'bad-checkpoint', 'Discard it, or start a new run.') });
      return null;
    }
  }

  /** Ends the run before, and begins or takes up another. Whatever ends this one, what it saved is offered again. */
  async #run(config: RunConfig, files: readonly PickedFile[] | undefined, saved: Uint8Array | null): Promise<void> {
    const turn = ++this.#turn;
    this.#session?.control.stop();
    await this.#running;
    if (this.#fault) await this.#prepareBackbone();
    await this.#refuseWhatCannotFit(config);
    const source = await createFaceSource(specOf(config.shards, files), this.#base);
    // Asked for once more in the meantime: the later asking is carried out.
    if (turn !== this.#turn) return;
    this.#session?.dispose();
    this.#decoder?.dispose();
    this.#decoder = new DecodePool(config.numWorkers);
    const session = new TrainingSession({
      config,
      backbone: this.#backbone!,
      source,
      decoder: this.#decoder,
      store: this.store,
      post: (event) => this.#relay(event),
      maxBlockBytes: this.#maxBlockBytes,
      bytesAllocated,
    });
    this.#session = session;
    if (saved) session.restore(saved);
    this.post({ type: 'resumable', run: null });
    const run = session.run();
    this.#running = run.then(
      () => undefined,
      () => undefined,
    );
    try {
      await run;
    } finally {
      // A run that was replaced has a successor at work; one that came to its end needs no offer.
      if (this.#session === session && session.cursor.epoch < config.epochs) this.post({ type: 'resumable', run: await this.#resumable() });
    }
  }

  #relay(event: SessionEvent): void {
    this.post(event);
    if (event.type === 'distributions') {
      // A better head reads the chosen faces anew; a failure there must not end the run.
      void this.#readFaces(this.#verification.slots).catch(() => undefined);
    }
  }

  #headSizes(): HeadSize[] {
    const { convShape } = this.#backbone!;
    return headNames.map((name) => ({ name, parameters: parameterCount(name, convShape), trainingBytes: peakTrainingBytes(name, convShape, { maxBlockBytes: this.#maxBlockBytes, maxGradClip: 0, maxGradNorm: 0 }) }));
  }

  /** The largest single array that the backend can bind. */
  get #maxBlockBytes(): number {
    return this.#backend!.limits?.maxStorageBufferBindingSize ?? 2 ** 30;
  }

  /** Bytes that training a run's head takes of the backend. */
  #bytesFor(config: RunConfig): number {
    return peakTrainingBytes(config.head, this.#backbone!.convShape, { ...config, maxBlockBytes: this.#maxBlockBytes });
  }

  /** @throws StudioError `out-of-gpu-memory` before a head is made that the machine can't train */
  async #refuseWhatCannotFit(config: RunConfig): Promise<void> {
    const needed = this.#bytesFor(config);
    const what = `Training the ${config.head} head`;
    if (this.#backend!.backend === 'wasm') {
      if (needed <= WASM_HEAP) return;
      throw new StudioError(
        'out-of-gpu-memory',
        `${what} needs ${gibibytes(needed)}; wasm holds at most ${gibibytes(WASM_HEAP)}.`,
        'Choose the compact or tface-conv head, or a browser with WebGPU.',
      );
    }
    if (needed <= PROBED_FROM) return;
    if (this.#session && this.#bytesFor(this.#session.config) > PROBED_FROM) await this.#freshDevice();
    await requireGpuMemory(what, needed, { limitBytes: this.#backend!.adapter?.isSoftware ? MOST_IN_SOFTWARE : undefined });
    if (this.#fault) throw this.#fault;
  }

  /** Gives back what a large head took: tfjs keeps the buffers of disposed tensors for as long as it has the device. */
  async #freshDevice(): Promise<void> {
    this.#session?.dispose();
    this.#session = null;
    this.#backbone?.dispose();
    await this.#prepareBackbone();
  }

  async #listSamples(shards: string, files: readonly PickedFile[] | undefined, count: number): Promise<void> {
    const source = await createFaceSource(specOf(shards, files), this.#base);
    this.#samples.clear();
    for await (const record of source.open({ seed: presets.demo.seed, epoch: 0, shuffleBuffer: 0 })) {
      this.#samples.set(record.key, record);
      if (this.#samples.size >= count) break;
    }
    this.post({ type: 'samples', samples: [...this.#samples.values()].map(({ key, label, jpeg }) => ({ key, label, jpeg })) });
  }

  async #readFaces(slots: readonly FaceSlot[]): Promise<void> {
    for (const slot of slots) {
      this.post({ type: 'face-busy', slot, busy: true });
      try {
        const face = await this.#verification.read(slot, this.#backbone!, this.#session);
        if (face) this.post({ type: 'face', face });
      } finally {
        this.post({ type: 'face-busy', slot, busy: false });
      }
    }
    this.post({ type: 'pair', pair: this.#verification.pair(this.#session?.config.radius ?? presets.demo.radius) });
  }
}

/** @throws StudioError `bad-image` */
async function decodePhoto(photo: Blob, name: string): Promise<RgbImage> {
  try {
    return await decodeInBrowser(new Uint8Array(await photo.arrayBuffer()));
  } catch (cause) {
    throw new StudioError('bad-image', `${name} can't be decoded: ${cause instanceof Error ? cause.message : String(cause)}.`, 'Choose a JPEG, PNG or WebP picture.', { cause });
  }
}
