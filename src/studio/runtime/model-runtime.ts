import { chooseBackend, type BackendReport } from '../../engine/backend';
import { requireGpuMemory } from '../../engine/gpu-memory-probe';
import type { PhotoNetworks } from '../../inference/align/find-faces';
import type { PickedFile } from '../../faces/sources/folder/local-file';
import {
  BlobByteSource,
  fetchedSource,
  fetchOrThrow,
  type ByteSource,
} from '../../formats/bytes/byte-source';
import { StudioError } from '../../core/studio-error';
import { parameterCount, peakTrainingBytes } from '../../models/heads/create-head';
import { headNames } from '../../models/heads/confidence-head';
import type { Backbone } from '../../models/backbones/backbone';
import { openBackbone } from '../../models/backbones/open-backbone';
import { loadPhotoNetworks } from './photo-networks';
import { companionAmong, modelAmong } from './picked-backbone';
import { progressMeter, type Progress } from '../../core/progress-meter';
import { presets, type RunConfig } from '../../training/config/run-config';
import { parseInputConvention } from '../../models/backbones/input-convention-text';
import { gpuMemory, requireWasmMemory } from '../../training/session/run-memory';
import type { BackboneChoice, BackboneInUse, HeadSize } from '../protocol';

/** A head that needs more GPU memory than this is only made after the memory has been probed. */
const MIN_PROBED_BYTES = 256 * 2 ** 20;
/** A software adapter takes the machine's main memory, which a page must not fill. */
const MAX_SOFTWARE_GPU_BYTES = 4 * 2 ** 30;

/** Where models are served, and the callbacks of {@link ModelRuntime}. */
export interface ModelRuntimeOptions {
  /** The page's address; models and wasm binaries are served next to it. */
  readonly base: string;
  readonly preference: 'auto' | 'webgpu' | 'wasm';
  /** Called when the device in use is lost or fails. */
  readonly onFault: (error: StudioError) => void;
}

/**
 * The backend, the backbone in use, and the networks that find faces. All of them are gone when the
 * device is lost; {@link prepare} makes them again.
 */
export class ModelRuntime {
  #backend: BackendReport | null = null;
  #backbone: Backbone | null = null;
  #choice: BackboneChoice = choiceOf(presets.demo);
  /**
   * The files of the last backbone that was picked and could be read, so that its input convention
   * can be changed without another pick.
   */
  #picked: { readonly backbone: string; readonly files: readonly PickedFile[] } | null = null;
  /** Fetched for the first photograph. */
  #photoNetworks: Promise<PhotoNetworks> | null = null;
  /** What happened to the device, if it is lost; the next run makes a fresh one. */
  #fault: StudioError | null = null;
  /** Identifies the device in use, to ignore faults of earlier ones. */
  #device: object = {};

  constructor(readonly options: ModelRuntimeOptions) {}

  get backend(): BackendReport {
    return this.#backend!;
  }

  get backbone(): Backbone {
    return this.#backbone!;
  }

  /** The backbone in use, described as plain data. */
  get backboneInUse(): BackboneInUse {
    const { name, input, embeddingDim, convShape, hash, description } = this.backbone;
    return { ...this.#choice, name, input, embeddingDim, convShape, hash, ...description };
  }

  /** Whether the backbone in use is the one that comes with the studio, with its own settings. */
  get hasOwnBackbone(): boolean {
    const own = choiceOf(presets.demo);
    return (Object.keys(own) as (keyof BackboneChoice)[]).every(
      (key) => this.#choice[key] === own[key],
    );
  }

  get hasFault(): boolean {
    return this.#fault !== null;
  }

  /** Bytes of the largest array that the backend can bind. */
  get maxBlockBytes(): number {
    return this.backend.limits?.maxStorageBufferBindingSize ?? 2 ** 30;
  }

  /**
   * Makes a fresh device and reads the backbone onto it: the one that was in use, at first the one
   * that comes with the studio.
   * @throws StudioError `no-webgpu`, `network`, `bad-model`
   */
  async prepare(onProgress: (progress: Progress | null) => void): Promise<void> {
    const { base, preference, onFault } = this.options;
    const device = (this.#device = {});
    // Meanwhile the backbone is on its way.
    const source = this.#sourceOf(this.#choice, this.#picked?.files ?? [], onProgress);
    // Awaited below, unless the backend fails first.
    source.catch(() => undefined);
    this.#backend = await chooseBackend({
      preference,
      wasmPath: new URL('wasm/', base).href,
      onFault: (error) => {
        // An earlier device may report late that it is lost.
        if (device !== this.#device) return;
        this.#fault = error;
        onFault(error);
      },
    });
    this.#fault = null;
    this.#photoNetworks = null;
    this.#backbone = await this.#open(this.#choice, await source, onProgress);
    onProgress(null);
  }

  /**
   * Puts the backbone of `choice` in use, unless it is in use already. If it can't be read, the one
   * before stays.
   * @param files picked for a `files:NAME`; if undefined, those of the last pick
   * @returns whether another backbone is in use than before
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
    const picked = this.#filesOf(choice, files);
    const source = await this.#sourceOf(choice, picked, onProgress, signal);
    const read = await this.#open(choice, source, onProgress, signal);
    this.#backbone?.dispose();
    this.#backbone = read;
    this.#choice = choiceOf(choice);
    if (picked.length > 0) this.#picked = { backbone: choice.backbone, files: picked };
    return true;
  }

  /** The networks that find and align faces. @throws StudioError `network`, `bad-model` */
  photoNetworks(): Promise<PhotoNetworks> {
    if (!this.#photoNetworks) {
      const loading = loadPhotoNetworks(this.options.base);
      this.#photoNetworks = loading;
      // The next photograph tries again.
      loading.catch(() => {
        if (this.#photoNetworks === loading) this.#photoNetworks = null;
      });
    }
    return this.#photoNetworks;
  }

  /** What each kind of head needs on the backbone in use. */
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
   * @param before the settings of the run whose head may still hold memory
   * @param freeBefore disposes that run
   * @throws StudioError `out-of-gpu-memory` before a head is made that the machine can't train
   */
  async refuseWhatCannotFit(
    config: RunConfig,
    before: RunConfig | undefined,
    freeBefore: () => void,
    onProgress: (progress: Progress | null) => void,
  ): Promise<void> {
    if (this.backend.backend === 'wasm')
      return requireWasmMemory(config, this.backbone, this.maxBlockBytes);
    const needed = this.#bytesFor(config);
    if (needed <= MIN_PROBED_BYTES) return;
    if (before && this.#bytesFor(before) > MIN_PROBED_BYTES) {
      // tfjs keeps the buffers of disposed tensors as long as it has the device: make a fresh one.
      freeBefore();
      this.#backbone?.dispose();
      await this.prepare(onProgress);
    }
    await requireGpuMemory(`Training the ${config.head} head`, needed, {
      limitBytes: this.backend.adapter?.isSoftware ? MAX_SOFTWARE_GPU_BYTES : undefined,
    });
    if (this.#fault) throw this.#fault;
  }

  /** Bytes of GPU memory that a run needs. */
  #bytesFor(config: RunConfig): number {
    return gpuMemory(config, this.backbone, this.maxBlockBytes);
  }

  /** The picked files of a backbone; none for one that is served. */
  #filesOf(
    { backbone }: BackboneChoice,
    files: readonly PickedFile[] | undefined,
  ): readonly PickedFile[] {
    if (!backbone.startsWith(PICKED)) return [];
    if (files) return files;
    return this.#picked?.backbone === backbone ? this.#picked.files : [];
  }

  /** The file of a backbone, picked or served, and what gives the files that belong to it. */
  async #sourceOf(
    { backbone }: BackboneChoice,
    files: readonly PickedFile[],
    onProgress: (progress: Progress) => void,
    signal?: AbortSignal,
  ): Promise<BackboneFile> {
    if (!backbone.startsWith(PICKED)) {
      const source = await this.#fetchBackbone(backbone, onProgress, signal);
      const companion = (location: string) => this.#fetchCompanion(backbone, location, signal);
      return { source, companion };
    }
    const model = pickedModel(backbone.slice(PICKED.length), files);
    return {
      source: new BlobByteSource(model.file.name, model.file),
      companion: async (location) => {
        const file = companionAmong(files, model, location);
        return file ? new BlobByteSource(location, file) : null;
      },
    };
  }

  async #open(
    { inputConvention, convFeature }: BackboneChoice,
    { source, companion }: BackboneFile,
    onProgress: (progress: Progress) => void,
    signal?: AbortSignal,
  ): Promise<Backbone> {
    let meter: ((done: number) => void) | null = null;
    return openBackbone(source, {
      input: parseInputConvention(inputConvention) ?? undefined,
      convFeature,
      companion,
      onProgress: (done, total) => {
        const label = `Reading ${source.name}`;
        meter ??= progressMeter('fetching-models', label, total, 'arrays', onProgress);
        meter(done);
      },
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
        `The backbone ${address} is on another machine.`,
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
    return fetchedSource(address, blob);
  }

  /** Fetches a served model's external data: `location` is relative to the model. */
  async #fetchCompanion(
    address: string,
    location: string,
    signal?: AbortSignal,
  ): Promise<ByteSource> {
    const path = location.split('/').map(encodeURIComponent).join('/');
    const url = new URL(path, new URL(address, this.options.base));
    return new BlobByteSource(location, await (await fetchOrThrow(url.href, { signal })).blob());
  }
}

/** A backbone's file, before it is read. */
interface BackboneFile {
  readonly source: ByteSource;
  /** A file of external data that it names; null if there is none. */
  readonly companion: (location: string) => Promise<ByteSource | null>;
}

/** What the name of a picked backbone begins with in a run's settings. */
const PICKED = 'files:';

const choiceOf = ({ backbone, inputConvention, convFeature }: BackboneChoice): BackboneChoice => ({
  backbone,
  inputConvention,
  convFeature,
});

/** @throws StudioError `bad-model` if no file of this name is among the picked ones */
function pickedModel(name: string, files: readonly PickedFile[]): PickedFile {
  const named = files.filter(({ file }) => file.name === name);
  if (named.length > 0) return modelAmong(named);
  throw new StudioError(
    'bad-model',
    `The backbone ${name} has to be picked again: a page may not keep hold of files.`,
    'Pick it under Models.',
  );
}
