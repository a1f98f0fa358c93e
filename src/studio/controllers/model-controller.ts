import { LatestTask } from '../../core/latest-task';
import type { CropDecoder } from '../../faces/decode/crop-decoder';
import type { FaceSource } from '../../faces/face-source';
import type { PickedFile } from '../../faces/sources/folder/local-file';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import { StudioError } from '../../core/studio-error';
import { trainedMethodNames } from '../../confidence/confidence-method';
import { readCentreFiles, type CentreFile } from '../../models/centres/centre-files';
import type { ClassCentres } from '../../models/centres/class-centres';
import { centreKinds, compareCentres } from '../../training/centres/compare-centres';
import { gatherEmbeddings } from '../../training/data/gather-embeddings';
import { openHead, type OpenedHead } from '../../training/checkpoint/open-head';
import { progressMeter, type Progress } from '../../core/progress-meter';
import type { EvaluatedHead } from '../../inference/evaluation/evaluate';
import type { RunConfig } from '../../training/config/run-config';
import { classifierBar } from '../../training/centres/trained-centres';
import type { ModelRuntime } from '../runtime/model-runtime';
import type { BackboneChoice, CentresInUse, WorkerEvent } from '../protocol';
import { ReadyHeads } from '../runtime/ready-heads';
import { evaluatedHead, type TrainedHead } from '../runtime/trained-head';

/**
 * Pictures to compare class centres on, at most: more would change the figures by less than their
 * noise.
 */
const MAX_COMPARED_PICTURES = 20_000;

/**
 * Reads models from files that a person brings: a backbone, class centres, a trained head. One file
 * is read at a time, and the model in use stays until the new one has been read.
 */
export class ModelController {
  #head: { readonly opened: OpenedHead; readonly trained: TrainedHead } | null = null;
  /** The `scf` head that came with the studio, once it has been read. */
  #ready: TrainedHead | null = null;
  readonly #readyHeads: ReadyHeads;
  #centres: { readonly name: string; readonly file: CentreFile } | null = null;
  readonly #reading = new LatestTask();

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly runtime: () => ModelRuntime,
  ) {
    this.#readyHeads = new ReadyHeads(runtime);
  }

  /**
   * The head that came with the studio; null until it has been read, or if it was trained on
   * another backbone.
   */
  get ready(): TrainedHead | null {
    return this.#ready;
  }

  /**
   * Puts the head that came with the studio in use, with the scores of its validation pairs, if it
   * was trained on the backbone in use. If it can't be read, an error is posted and the studio goes
   * on without it.
   */
  async useReadyHead(): Promise<void> {
    try {
      const head = await this.#readyHeads.get('scf');
      if (!head) return;
      this.#ready = trained(head.name, head.opened);
      this.#postHead(head.name, head.opened, true);
    } catch (thrown) {
      this.post({
        type: 'error',
        scope: 'models',
        error: StudioError.record(
          thrown,
          'bad-checkpoint',
          'Train a head, or load one from a file under Models.',
        ),
      });
    }
  }

  /** Disposes the heads that came with the studio: they belong to the backbone before. */
  forgetReadyHeads(): void {
    this.#ready = null;
    this.#readyHeads.forget();
  }

  /**
   * A head for each method: the one in use for its method, and those that came with the studio for
   * the others.
   * @throws StudioError `network`, `bad-checkpoint`
   */
  async evaluatedHeads(inUse: TrainedHead | null): Promise<EvaluatedHead[]> {
    const heads: EvaluatedHead[] = [];
    for (const method of trainedMethodNames) {
      if (inUse?.method === method) heads.push(evaluatedHead(inUse));
      else {
        const head = await this.#readyHeads.get(method);
        if (head)
          heads.push({
            name: head.name,
            head: head.opened.head,
            method,
            radius: head.opened.radius,
            calibration: head.opened.calibration,
          });
      }
    }
    return heads;
  }

  /** The head that was read from a file; null if there is none. */
  get trained(): TrainedHead | null {
    return this.#head?.trained ?? null;
  }

  /**
   * The class centres that were read from the files that a run names; undefined if it makes its
   * own.
   * @throws StudioError `bad-config` if they haven't been read
   */
  centresFor({ centres, centreFiles }: RunConfig): ClassCentres | undefined {
    if (centres !== 'file') return undefined;
    if (this.#centres?.name === centreFiles) return this.#centres.file.centres;
    throw new StudioError(
      'bad-config',
      `The run asks for the class centres of ${centreFiles.replace(/^files:/, '')}, which ` +
        'have not been read: a page may not keep hold of files.',
      'Pick them under Models, and start again.',
    );
  }

  /**
   * Reads a backbone and puts it in use.
   * @returns whether another backbone is in use than before
   * @throws StudioError as {@link ModelRuntime.use}
   */
  async useBackbone(
    choice: BackboneChoice,
    files: readonly PickedFile[] | undefined,
  ): Promise<boolean> {
    const isAnother = await this.#read((signal) =>
      this.runtime().use(choice, files, (progress) => this.#notify(progress), signal),
    );
    return isAnother ?? false;
  }

  /** Reads class centres and posts a description. @throws StudioError `bad-checkpoint` */
  async useCentres(name: string, files: readonly File[]): Promise<void> {
    await this.#read(async (signal) => {
      const opened = await Promise.all(files.map(open));
      const progress = this.#progressOf(name.replace(/^files:/, ''), 'rows');
      const file = await readCentreFiles(opened, {
        dimension: this.runtime().backbone.embeddingDim,
        onProgress: progress,
        signal,
      });
      signal.throwIfAborted();
      this.#centres = { name, file };
      this.post({ type: 'centres', centres: inUse(name, file) });
    });
  }

  /**
   * Embeds a source's first pictures, makes class centres of them in every available way, and posts
   * how they compare.
   */
  async compareCentres(
    config: RunConfig,
    openSource: (signal: AbortSignal) => Promise<FaceSource>,
    decoder: CropDecoder,
  ): Promise<void> {
    await this.#read(async (signal) => {
      const source = await openSource(signal);
      const { images } = await source.info();
      const { backbone } = this.runtime();
      const total = images === undefined ? null : Math.min(images, MAX_COMPARED_PICTURES);
      const onProgress = progressMeter(
        'reading-features',
        'Embedding pictures',
        total,
        'pictures',
        (state) => this.#notify(state),
      );
      const { embeddings } = await gatherEmbeddings({
        source,
        decoder,
        backbone,
        seed: config.seed,
        concurrency: 4 * config.numWorkers,
        maxPictures: MAX_COMPARED_PICTURES,
        signal,
        onProgress,
      });
      const file = this.#centres?.file.centres;
      const comparison = await compareCentres(embeddings, {
        kinds: centreKinds.filter((kind) => kind !== 'file' || file),
        settings: config,
        file,
        onProgress: (kind, progress) => {
          if (kind !== 'means' && kind !== 'file') this.#notify(classifierBar(kind, progress));
        },
        signal,
      });
      this.post({ type: 'centre-comparison', shards: config.shards, comparison });
    });
  }

  /**
   * Reads a trained head from a file, puts it in use and posts a description.
   * @returns false if it was stopped or replaced
   * @throws StudioError `bad-checkpoint`
   */
  async loadHead(file: File): Promise<boolean> {
    const opened = await this.#read(async (signal) => {
      const { backbone, maxBlockBytes } = this.runtime();
      const head = await openHead(await open(file), backbone, maxBlockBytes);
      if (!signal.aborted) return head;
      head.dispose();
      throw signal.reason;
    });
    if (!opened) return false;
    this.forgetHead();
    this.#head = { opened, trained: trained(file.name, opened) };
    this.#postHead(file.name, opened, false);
    return true;
  }

  #postHead(
    file: string,
    { name, method, step, backboneVerified, collapse, readings }: OpenedHead,
    ready: boolean,
  ): void {
    this.post({
      type: 'head',
      head: { name: file, ready, head: name, method, step, backboneVerified, collapse, readings },
    });
  }

  /** Disposes the head that was read from a file, if there is one. */
  forgetHead(): void {
    this.#head?.opened.dispose();
    this.#head = null;
    this.post({ type: 'head', head: null });
  }

  /** Stops reading a file or comparing centres. */
  stop(): void {
    this.#reading.stop();
  }

  /** A progress callback for a file whose total is known once it is being read. */
  #progressOf(name: string, unit: string): (done: number, total: number) => void {
    let meter: ((done: number) => void) | null = null;
    return (done, total) => {
      meter ??= progressMeter('fetching-models', `Reading ${name}`, total, unit, (progress) =>
        this.#notify(progress),
      );
      meter(done);
    };
  }

  #notify(progress: Progress): void {
    this.post({ type: 'models-progress', progress });
  }

  /** Reads a model. Null if it was stopped, or replaced by another. */
  #read<T>(read: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    return this.#reading.run(read, () => this.post({ type: 'models-progress', progress: null }));
  }
}

const trained = (
  run: string,
  { head, method, calibration, radius, step }: OpenedHead,
): TrainedHead => ({ head, method, calibration: () => calibration, radius, run, step: step ?? 0 });

const open = (file: File): Promise<TensorFile> =>
  openTensorFile(new BlobByteSource(file.name, file));

function inUse(
  name: string,
  { form, classes, dimension, parts, zeroRows }: CentreFile,
): CentresInUse {
  return { name, form, classes, dimension, parts, zeroRows };
}
