import { chooseBackend, type BackendReport } from '../../engine/backend';
import { requireGpuMemory } from '../../engine/gpu-memory-probe';
import type { PhotoNetworks } from '../../inference/align/find-faces';
import type { PickedFile } from '../../faces/sources/folder/local-file';
import { BlobByteSource, fetchOrThrow, type ByteSource } from '../../formats/bytes/byte-source';
import { StudioError } from '../../core/studio-error';
import { parameterCount, peakTrainingBytes } from '../../models/heads/create-head';
import { headNames } from '../../models/heads/confidence-head';
import type { Backbone } from '../../models/backbones/backbone';
import { openBackbone } from '../../models/backbones/open-backbone';
import { companionAmong, modelAmong } from './picked-backbone';
import {
  DETECTOR_INPUT,
  LANDMARK_INPUT,
  OnnxImageNetwork,
} from '../../inference/align/onnx-image-network';
import { progressMeter, type Progress } from '../../core/progress-meter';
import { presets, type RunConfig } from '../../training/config/run-config';
import { parseInputConvention } from '../../models/backbones/input-convention-text';
import { gpuMemory, requireWasmMemory } from '../../training/session/run-memory';
import type { BackboneChoice, BackboneInUse, HeadSize } from '../protocol';

/** Heads that need more than this on the GPU are asked about before they are made. */
const PROBED_FROM = 256 * 2 ** 20;
/** A software adapter's memory is the machine's own, which a page must not fill. */
const MAX_SOFTWARE_GPU_BYTES = 4 * 2 ** 30;

/** Where models lie, and who hears of the device. */
export interface ModelRuntimeOptions {
  /** The page's address: models and wasm binaries lie beside it. */
  readonly base: string;
  readonly preference: 'auto' | 'webgpu' | 'wasm';
  readonly onFault: (error: StudioError) => void;
  readonly onProgress: (progress: Progress | null) => void;
}

/**
 * The backend, and the networks that live on it. A lost device takes all of them; {@link prepare}
 * makes them anew.
 */
export class ModelRuntime {
  #backend: BackendReport | null = null;
  #backbone: Backbone | null = null;
  #choice: BackboneChoice = choiceOf(presets.demo);
  /**
   * The files that were picked last and could be read: how they are fed may be changed without
   * picking them again.
   */
  #picked: { readonly backbone: string; readonly files: readonly PickedFile[] } | null = null;
  /** Fetched when the first photograph comes. */
  #photoNetworks: Promise<PhotoNetworks> | null = null;
  /** What the GPU did; the next run makes a fresh device. */
  #fault: StudioError | null = null;
  /** Stands for the device in use. */
  #device: object = {};

  constructor(readonly options: ModelRuntimeOptions) {}

  get backend(): BackendReport {
    return this.#backend!;
  }

  get backbone(): Backbone {
    return this.#backbone!;
  }

  /** The backbone in use, as plain data. */
  get backboneInUse(): BackboneInUse {
    const { name, input, embeddingDim, convShape, hash, description } = this.backbone;
    return { ...this.#choice, name, input, embeddingDim, convShape, hash, ...description };
  }

  /** Whether the backbone is the one that comes with the studio, fed as the studio feeds it. */
  get hasOwnBackbone(): boolean {
    const own = choiceOf(presets.demo);
    return (Object.keys(own) as (keyof BackboneChoice)[]).every(
      (key) => this.#choice[key] === own[key],
    );
  }

  get hasFault(): boolean {
    return this.#fault !== null;
  }

  /** The largest single array that the backend can bind. */
  get maxBlockBytes(): number {
    return this.backend.limits?.maxStorageBufferBindingSize ?? 2 ** 30;
  }

  /**
   * Makes a backend current, and reads onto it the backbone that was in use, or the studio's own.
   * @throws StudioError `no-webgpu`, `network`, `bad-model`
   */
  async prepare(): Promise<void> {
    const { base, preference, onFault, onProgress } = this.options;
    const device = (this.#device = {});
    this.#backend = await chooseBackend({
      preference,
      wasmPath: new URL('wasm/', base).href,
      onFault: (error) => {
        // The one before may say late that it is lost.
        if (device !== this.#device) return;
        this.#fault = error;
        onFault(error);
      },
    });
    this.#fault = null;
    this.#photoNetworks = null;
    this.#backbone = await this.#read(this.#choice, this.#picked?.files ?? [], onProgress);
    onProgress(null);
  }

  /**
   * Puts the backbone of `choice` in use, unless it is so already. The one before stays where the
   * new one can't be read.
   * @param files those picked for a `files:NAME`; without them, those of the last pick
   * @returns whether it is another than before
   * @throws StudioError `bad-model`, `unsupported-op`, `network`, `bad-config`; `signal`'s reason
   */
  async use(
    choice: BackboneChoice,
    files: readonly PickedFile[] | undefined,
    onProgress: (progress: Progress) => void,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const { backbone, inputConvention, convFeature } = this.#choice;
    const isSame =
      choice.backbone === backbone &&
      choice.inputConvention === inputConvention &&
      choice.convFeature === convFeature;
    if (isSame && !files && this.#backbone) return false;
    const picked = choice.backbone.startsWith(PICKED)
      ? (files ?? (this.#picked?.backbone === choice.backbone ? this.#picked.files : []))
      : [];
    const read = await this.#read(choice, picked, onProgress, signal);
    this.#backbone?.dispose();
    this.#backbone = read;
    this.#choice = choiceOf(choice);
    this.#picked = picked.length > 0 ? { backbone: choice.backbone, files: picked } : this.#picked;
    return true;
  }

  /** What finds and aligns a face in a photograph. @throws StudioError `network`, `bad-model` */
  photoNetworks(): Promise<PhotoNetworks> {
    this.#photoNetworks ??= this.#loadPhotoNetworks();
    return this.#photoNetworks;
  }

  headSizes(): HeadSize[] {
    const { convShape } = this.backbone;
    return headNames.map((name) => ({
      name,
      parameters: parameterCount(name, convShape),
      trainingBytes: peakTrainingBytes(name, convShape, {
        maxBlockBytes: this.maxBlockBytes,
        maxGradClip: 0,
        maxGradNorm: 0,
      }),
    }));
  }

  /**
   * @param before the run whose head may still hold memory
   * @param giveBack frees what that run holds
   * @throws StudioError `out-of-gpu-memory` before a head is made that the machine can't train
   */
  async refuseWhatCannotFit(
    config: RunConfig,
    before: RunConfig | undefined,
    giveBack: () => void,
  ): Promise<void> {
    if (this.backend.backend === 'wasm')
      return requireWasmMemory(config, this.backbone, this.maxBlockBytes);
    const needed = this.#bytesFor(config);
    const what = `Training the ${config.head} head`;
    if (needed <= PROBED_FROM) return;
    if (before && this.#bytesFor(before) > PROBED_FROM) {
      // tfjs keeps the buffers of disposed tensors for as long as it has the device.
      giveBack();
      this.#backbone?.dispose();
      await this.prepare();
    }
    await requireGpuMemory(what, needed, {
      limitBytes: this.backend.adapter?.isSoftware ? MAX_SOFTWARE_GPU_BYTES : undefined,
    });
    if (this.#fault) throw this.#fault;
  }

  /** Bytes that training a run takes of the GPU. */
  #bytesFor(config: RunConfig): number {
    return gpuMemory(config, this.backbone, this.maxBlockBytes);
  }

  async #read(
    { backbone, inputConvention, convFeature }: BackboneChoice,
    files: readonly PickedFile[],
    onProgress: (progress: Progress) => void,
    signal?: AbortSignal,
  ): Promise<Backbone> {
    const model = backbone.startsWith(PICKED)
      ? pickedModel(backbone.slice(PICKED.length), files)
      : null;
    const source = model
      ? new BlobByteSource(model.file.name, model.file)
      : await this.#fetchBackbone(backbone, onProgress, signal);
    let progress: ((done: number) => void) | null = null;
    return openBackbone(source, {
      input: parseInputConvention(inputConvention) ?? undefined,
      convFeature,
      companion: async (location) => {
        if (!model) return this.#fetchBeside(backbone, location, signal);
        const file = companionAmong(files, model, location);
        return file ? new BlobByteSource(location, file) : null;
      },
      onProgress: (done, total) =>
        (progress ??= progressMeter(
          'fetching-models',
          `Reading ${source.name}`,
          total,
          'arrays',
          onProgress,
        ))(done),
      signal,
    });
  }

  async #fetchBackbone(
    address: string,
    onProgress: (progress: Progress) => void,
    signal?: AbortSignal,
  ): Promise<ByteSource> {
    const url = new URL(address, this.options.base);
    if (url.origin !== new URL(this.options.base).origin) {
      throw new StudioError(
        'bad-config',
        `The backbone ${address} lies on another machine.`,
        'Download it, and pick the file under Models.',
      );
    }
    const progress = progressMeter(
      'fetching-models',
      'Fetching the face backbone',
      null,
      'bytes',
      onProgress,
    );
    progress(0);
    const blob = await (await fetchOrThrow(url.href, { signal })).blob();
    progress(blob.size);
    return new BlobByteSource(address, blob);
  }

  /** A file that a served model keeps its weights in, at its place beside it. */
  async #fetchBeside(address: string, location: string, signal?: AbortSignal): Promise<ByteSource> {
    const path = location.split('/').map(encodeURIComponent).join('/');
    const url = new URL(path, new URL(address, this.options.base));
    return new BlobByteSource(location, await (await fetchOrThrow(url.href, { signal })).blob());
  }

  async #fetchModel(name: string): Promise<Uint8Array> {
    const url = new URL(`models/${name}.onnx`, this.options.base).href;
    return new Uint8Array(await (await fetchOrThrow(url)).arrayBuffer());
  }

  async #loadPhotoNetworks(): Promise<PhotoNetworks> {
    try {
      const [detector, landmarks] = await Promise.all([
        this.#fetchModel('fr_detect'),
        this.#fetchModel('fr_landmark'),
      ]);
      return {
        detector: new OnnxImageNetwork(detector, DETECTOR_INPUT),
        landmarks: new OnnxImageNetwork(landmarks, LANDMARK_INPUT),
      };
    } catch (thrown) {
      // The next photograph tries again.
      this.#photoNetworks = null;
      throw thrown;
    }
  }
}

/** How a config names what was picked. */
const PICKED = 'files:';

const choiceOf = ({ backbone, inputConvention, convFeature }: BackboneChoice): BackboneChoice => ({
  backbone,
  inputConvention,
  convFeature,
});

function pickedModel(name: string, files: readonly PickedFile[]): PickedFile {
  const named = files.filter(({ file }) => file.name === name);
  if (named.length > 0) return modelAmong(named);
  throw new StudioError(
    'bad-model',
    `The backbone ${name} has to be picked again: a page may not keep hold of files.`,
    'Pick it under Models.',
  );
}
