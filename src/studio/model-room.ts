import { chooseBackend, type BackendReport } from '../engine/backend';
import { gibibytes, requireGpuMemory } from '../engine/gpu-memory-probe';
import type { PhotoNetworks } from '../faces/crop-photo';
import { fetchOrThrow } from '../formats/byte-source';
import { StudioError } from '../formats/studio-error';
import { headNames, parameterCount, peakTrainingBytes } from '../models/heads/create-head';
import { MOBILE_FACE_NET, OnnxBackbone } from '../models/onnx-backbone';
import { DETECTOR_INPUT, LANDMARK_INPUT, OnnxImageNetwork } from '../models/onnx-image-network';
import { progressMeter } from '../training/progress-meter';
import type { RunConfig } from '../training/run-config';
import type { Progress } from '../training/run-events';
import type { HeadSize } from './protocol';

/** wasm's heap ends at 4 GiB. */
const WASM_HEAP = 4 * 2 ** 30;
/** Heads that need more than this on the GPU are asked about before they are made. */
const PROBED_FROM = 256 * 2 ** 20;
/** A software adapter's memory is the machine's own, which a page must not fill. */
const MOST_IN_SOFTWARE = 4 * 2 ** 30;

/** Where models lie, and who hears of the device. */
export interface ModelRoomOptions {
  /** The page's address: models and wasm binaries lie beside it. */
  readonly base: string;
  readonly preference: 'auto' | 'webgpu' | 'wasm';
  readonly onFault: (error: StudioError) => void;
  readonly onProgress: (progress: Progress | null) => void;
}

/** The backend, and the networks that live on it. A lost device takes all of them; {@link prepare} makes them anew. */
export class ModelRoom {
  #backend: BackendReport | null = null;
  #backbone: OnnxBackbone | null = null;
  /** Fetched when the first photograph comes. */
  #photoNetworks: Promise<PhotoNetworks> | null = null;
  /** What the GPU did; the next run makes a fresh device. */
  #fault: StudioError | null = null;

  constructor(readonly options: ModelRoomOptions) {}

  get backend(): BackendReport {
    return this.#backend!;
  }

  get backbone(): OnnxBackbone {
    return this.#backbone!;
  }

  get hasFault(): boolean {
    return this.#fault !== null;
  }

  /** The largest single array that the backend can bind. */
  get maxBlockBytes(): number {
    return this.backend.limits?.maxStorageBufferBindingSize ?? 2 ** 30;
  }

  /** @throws StudioError `no-webgpu`, `network`, `bad-model` */
  async prepare(): Promise<void> {
    const { base, preference, onFault, onProgress } = this.options;
    this.#backend = await chooseBackend({
      preference,
      wasmPath: new URL('wasm/', base).href,
      onFault: (error) => {
        this.#fault = error;
        onFault(error);
      },
    });
    this.#fault = null;
    this.#photoNetworks = null;
    const progress = progressMeter('fetching-models', 'Fetching the face backbone', null, 'bytes', onProgress);
    const bytes = await this.#fetchModel('fr_feature');
    progress(bytes.length);
    this.#backbone = await OnnxBackbone.load(bytes, MOBILE_FACE_NET);
    onProgress(null);
  }

  /** What finds and aligns a face in a photograph. @throws StudioError `network`, `bad-model` */
  photoNetworks(): Promise<PhotoNetworks> {
    this.#photoNetworks ??= this.#loadPhotoNetworks();
    return this.#photoNetworks;
  }

  headSizes(): HeadSize[] {
    const { convShape } = this.backbone;
    return headNames.map((name) => ({ name, parameters: parameterCount(name, convShape), trainingBytes: peakTrainingBytes(name, convShape, { maxBlockBytes: this.maxBlockBytes, maxGradClip: 0, maxGradNorm: 0 }) }));
  }

  /**
   * @param before the run whose head may still hold memory
   * @param giveBack frees what that run holds
   * @throws StudioError `out-of-gpu-memory` before a head is made that the machine can't train
   */
  async refuseWhatCannotFit(config: RunConfig, before: RunConfig | undefined, giveBack: () => void): Promise<void> {
    const needed = this.#bytesFor(config);
    const what = `Training the ${config.head} head`;
    if (this.backend.backend === 'wasm') {
      if (needed <= WASM_HEAP) return;
      throw new StudioError(
        'out-of-gpu-memory',
        `${what} needs ${gibibytes(needed)}; wasm holds at most ${gibibytes(WASM_HEAP)}.`,
        'Choose the compact or tface-conv head, or a browser with WebGPU.',
      );
    }
    if (needed <= PROBED_FROM) return;
    if (before && this.#bytesFor(before) > PROBED_FROM) {
      // tfjs keeps the buffers of disposed tensors for as long as it has the device.
      giveBack();
      this.#backbone?.dispose();
      await this.prepare();
    }
    await requireGpuMemory(what, needed, { limitBytes: this.backend.adapter?.isSoftware ? MOST_IN_SOFTWARE : undefined });
    if (this.#fault) throw this.#fault;
  }

  /** Bytes that training a run's head takes of the backend. */
  #bytesFor(config: RunConfig): number {
    return peakTrainingBytes(config.head, this.backbone.convShape, { ...config, maxBlockBytes: this.maxBlockBytes });
  }

  async #fetchModel(name: string): Promise<Uint8Array> {
    const url = new URL(`models/${name}.onnx`, this.options.base).href;
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
}
