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
import type { TrainedHead } from '../runtime/trained-head';

/**
 * Pictures that class centres are compared by, at most: more change the figures by less than their
 * noise.
 */
const MAX_COMPARED = 20_000;

/**
 * Files of models that a person brings: a backbone, class centres, a trained head. One is read at a
 * time, and what is in use stays until another has been read.
 */
export class ModelController {
  #head: { readonly opened: OpenedHead; readonly trained: TrainedHead } | null = null;
  /** The studio's own head of `scf`, once it has been read. */
  #ready: TrainedHead | null = null;
  readonly #readyHeads: ReadyHeads;
  #centres: { readonly name: string; readonly file: CentreFile } | null = null;
  /** The reading at work; another takes its place. */
  #asked = new AbortController();

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly runtime: () => ModelRuntime,
  ) {
    this.#readyHeads = new ReadyHeads(runtime);
  }

  /** The studio's own head; null where none has been read, or where it isn't of this backbone. */
  get ready(): TrainedHead | null {
    return this.#ready;
  }

  /**
   * Puts the studio's own head in use, with the scores of its validation pairs, where it is of the
   * backbone in use. Where it can't be had, that is said, and the studio goes on without.
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

  /** Lets go of the studio's own heads: they are of the backbone before. */
  forgetReadyHeads(): void {
    this.#ready = null;
    this.#readyHeads.forget();
  }

  /**
   * A head for each method: the one in use, and the studio's own for the others.
   * @throws StudioError `network`, `bad-checkpoint`
   */
  async evaluatedHeads(inUse: TrainedHead | null): Promise<EvaluatedHead[]> {
    const heads: EvaluatedHead[] = [];
    for (const method of trainedMethodNames) {
      if (inUse?.method === method)
        heads.push({ ...inUse, name: inUse.run, calibration: inUse.calibration() });
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

  /** The head that came out of a file; null where none did. */
  get trained(): TrainedHead | null {
    return this.#head?.trained ?? null;
  }

  /**
   * The class centres of files that a run asks for; undefined where it makes its own.
   * @throws StudioError `bad-config` where they haven't been read
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
   * @returns whether the backbone is another than before. @throws StudioError as {@link
   * ModelRuntime.use}
   */
  async useBackbone(
    choice: BackboneChoice,
    files: readonly PickedFile[] | undefined,
  ): Promise<boolean> {
    return (
      (await this.#answer((signal) =>
        this.runtime().use(choice, files, (progress) => this.#notify(progress), signal),
      )) ?? false
    );
  }

  /** Reads class centres and posts what they are. @throws StudioError `bad-checkpoint` */
  async useCentres(name: string, files: readonly File[]): Promise<void> {
    await this.#answer(async (signal) => {
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
   * Embeds a source's first pictures, makes class centres of them in every way that can be had, and
   * posts how they compare.
   */
  async compareCentres(
    config: RunConfig,
    openSource: (signal: AbortSignal) => Promise<FaceSource>,
    decoder: CropDecoder,
  ): Promise<void> {
    await this.#answer(async (signal) => {
      const source = await openSource(signal);
      const { images } = await source.info();
      const { backbone } = this.runtime();
      const total = images === undefined ? null : Math.min(images, MAX_COMPARED);
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
        mostPictures: MAX_COMPARED,
        signal,
        onProgress,
      });
      const file = this.#centres?.file.centres;
      const comparison = await compareCentres(embeddings, {
        kinds: centreKinds.filter((kind) => kind !== 'file' || file),
        settings: config,
        file,
        onProgress: (kind, progress) =>
          kind !== 'means' && kind !== 'file' && this.#notify(classifierBar(kind, progress)),
        signal,
      });
      this.post({ type: 'centre-comparison', shards: config.shards, comparison });
    });
  }

  /** Takes a trained head from a file and posts what it is. @throws StudioError `bad-checkpoint` */
  async loadHead(file: File): Promise<boolean> {
    const opened = await this.#answer(async (signal) => {
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
    { name, method, step, backboneVerified, collapse, distributions }: OpenedHead,
    ready: boolean,
  ): void {
    this.post({
      type: 'head',
      head: { name: file, ready, head: name, method, step, backboneVerified, collapse },
    });
    if (distributions.length > 0) this.post({ type: 'distributions', distributions });
  }

  /**
   * Lets go of the head that came out of a file, where there is one: that of a run has taken its
   * place.
   */
  forgetHead(): void {
    this.#head?.opened.dispose();
    this.#head = null;
    this.post({ type: 'head', head: null });
  }

  /** Ends the reading at work. */
  stop(): void {
    this.#asked.abort(STOPPED);
  }

  /** Tells how far a reading has come, whose total is known once it has begun. */
  #progressOf(name: string, unit: string): (done: number, total: number) => void {
    let progress: ((done: number) => void) | null = null;
    return (done, total) =>
      (progress ??= progressMeter('fetching-models', `Reading ${name}`, total, unit, (state) =>
        this.#notify(state),
      ))(done);
  }

  #notify(progress: Progress): void {
    this.post({ type: 'models-progress', progress });
  }

  /** Runs a reading to its end, its stop or its replacement; null for the latter two. */
  async #answer<T>(read: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    this.#asked.abort(REPLACED);
    const { signal } = (this.#asked = new AbortController());
    try {
      return await read(signal);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      return null;
    } finally {
      if (signal.reason !== REPLACED) this.post({ type: 'models-progress', progress: null });
    }
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

const REPLACED = new DOMException('Another file took its place.', 'AbortError');
const STOPPED = new DOMException('It was stopped.', 'AbortError');
