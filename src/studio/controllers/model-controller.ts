import { LatestTask } from '../../core/latest-task';
import type { CropDecoder } from '../../faces/decode/crop-decoder';
import type { FaceSource } from '../../faces/face-source';
import type { PickedFile } from '../../faces/sources/folder/local-file';
import { BlobByteSource, type ByteSource } from '../../formats/bytes/byte-source';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import { StudioError } from '../../core/studio-error';
import { trainedMethodNames } from '../../confidence/confidence-method';
import { readCentreFiles, type CentreFile } from '../../models/centres/centre-files';
import type { ClassCentres } from '../../models/centres/class-centres';
import { centreKinds, compareCentres } from '../../training/centres/compare-centres';
import { gatherEmbeddings } from '../../training/data/gather-embeddings';
import { openHead } from '../../training/checkpoint/open-head';
import { unknownSettingsWarning } from '../../training/config/stored-config';
import { progressMeter } from '../../core/progress-meter';
import type { EvaluatedHead } from '../../inference/evaluation/evaluate';
import type { RunConfig } from '../../training/config/run-config';
import { classifierBar } from '../../training/centres/trained-centres';
import type { ModelRuntime } from '../runtime/model-runtime';
import type { BackboneChoice, CentresInUse, SourceCentres, WorkerEvent } from '../protocol';
import type { Task } from '../task';
import { isSameSplit, sawDemo } from '../evaluation/demo-people';
import { ReadyHeads } from '../runtime/ready-heads';
import { evaluatedHead, heldHead, type HeldHead, type TrainedHead } from '../runtime/trained-head';

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
  #head: HeldHead | null = null;
  /** The heads that came with the studio. */
  readonly ready: ReadyHeads;
  #centres: { readonly name: string; readonly file: CentreFile } | null = null;
  readonly #reading = new LatestTask();

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly runtime: () => ModelRuntime,
  ) {
    this.ready = new ReadyHeads(runtime);
  }

  /**
   * A head for each method: the chosen one for its method, and those that came with the studio for
   * photographs for the others.
   * @throws StudioError `network`, `bad-checkpoint`
   */
  async evaluatedHeads(chosen: TrainedHead | null): Promise<EvaluatedHead[]> {
    return (await this.#headsOfMethods(chosen, null)).map(evaluatedHead);
  }

  /**
   * As {@link evaluatedHeads}, for drawn faces: the studio's own for those is taken before one for
   * photographs, unless it has learnt from people whom the chosen one has not.
   */
  drawnHeads(chosen: TrainedHead | null): Promise<TrainedHead[]> {
    const other = chosen?.trainedOn ?? null;
    return this.#headsOfMethods(
      chosen,
      ({ trainedOn }) => !sawDemo(trainedOn) || !sawDemo(other) || isSameSplit(trainedOn, other),
    );
  }

  /** @param takesDrawn whether the studio's head for drawn faces may be taken for its method */
  async #headsOfMethods(
    chosen: TrainedHead | null,
    takesDrawn: ((drawn: TrainedHead) => boolean) | null,
  ): Promise<TrainedHead[]> {
    const heads: TrainedHead[] = [];
    for (const method of trainedMethodNames) {
      if (chosen?.method === method) {
        heads.push(chosen);
        continue;
      }
      const drawn = takesDrawn && (await this.ready.get(method, 'drawn'))?.trained;
      const head =
        drawn && takesDrawn(drawn) ? drawn : (await this.ready.get(method, 'photographs'))?.trained;
      if (head) heads.push(head);
    }
    return heads;
  }

  /** The head that was read from a file; null if there is none. */
  get fileHead(): HeldHead | null {
    return this.#head;
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
    { report }: Task,
  ): Promise<boolean> {
    const isAnother = await this.#reading.run((signal) =>
      this.runtime().use(choice, files, report, signal),
    );
    return isAnother ?? false;
  }

  /**
   * Reads class centres.
   * @returns null if it was stopped, or replaced by another reading
   * @throws StudioError `bad-checkpoint`
   */
  useCentres(name: string, files: readonly File[], task: Task): Promise<CentresInUse | null> {
    return this.#reading.run(async (signal) => {
      const opened = await Promise.all(files.map(open));
      const file = await readCentreFiles(opened, {
        dimension: this.runtime().backbone.embeddingDim,
        onProgress: rowsRead(name.replace(/^files:/, ''), task),
        signal,
      });
      signal.throwIfAborted();
      this.#centres = { name, file };
      return inUse(name, file);
    });
  }

  /**
   * Embeds a source's first pictures, makes class centres of them in every available way, and
   * compares them.
   * @param ended ends it
   * @returns null if it was stopped, or replaced by another reading
   * @throws StudioError from the source; `ended`'s reason
   */
  compareCentres(
    config: RunConfig,
    openSource: (signal: AbortSignal) => Promise<FaceSource>,
    decoder: CropDecoder,
    ended: AbortSignal,
    { report }: Task,
  ): Promise<SourceCentres | null> {
    return this.#reading.run(async (own) => {
      const signal = AbortSignal.any([own, ended]);
      const source = await openSource(signal);
      const { images } = await source.info();
      const { backbone } = this.runtime();
      const total = images === undefined ? null : Math.min(images, MAX_COMPARED_PICTURES);
      const onProgress = progressMeter(
        'reading-features',
        'Embedding pictures',
        total,
        'pictures',
        report,
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
          if (kind !== 'means' && kind !== 'file') report(classifierBar(kind, progress));
        },
        signal,
      });
      return { shards: config.shards, comparison };
    });
  }

  /**
   * Reads a trained head from a file in place of the one before, and posts a description. Does
   * nothing if it is stopped, or another file is read instead.
   * @param onReplaced called at once when the head before is gone
   * @throws StudioError `bad-checkpoint`
   */
  async loadHead(source: ByteSource, name: string, onReplaced: () => void): Promise<void> {
    const opened = await this.#reading.run(async (signal) => {
      const { backbone, maxBlockBytes } = this.runtime();
      const head = await openHead(await openTensorFile(source), backbone, maxBlockBytes);
      if (!signal.aborted) return head;
      head.dispose();
      throw signal.reason;
    });
    if (!opened) return;
    this.#head?.dispose();
    this.#head = heldHead(opened, { kind: 'file', faces: null, name });
    onReplaced();
    this.post({ type: 'file-head', head: this.#head.description });
    const text = opened.config && unknownSettingsWarning(opened.config, `The head ${name}`);
    if (text) this.post({ type: 'notice', text });
  }

  /** Disposes the head that was read from a file, if there is one. */
  forgetHead(): void {
    this.#head?.dispose();
    this.#head = null;
    this.post({ type: 'file-head', head: null });
  }

  /** Stops reading a file or comparing centres. */
  stop(): void {
    this.#reading.stop();
  }
}

/** A progress callback for a file of class centres, whose total is known once it is being read. */
function rowsRead(name: string, { report }: Task): (done: number, total: number) => void {
  let meter: ((done: number) => void) | null = null;
  return (done, total) => {
    meter ??= progressMeter('fetching-models', `Reading ${name}`, total, 'rows', report);
    meter(done);
  };
}

const open = (file: File): Promise<TensorFile> =>
  openTensorFile(new BlobByteSource(file.name, file));

function inUse(
  name: string,
  { form, classes, dimension, parts, zeroRows }: CentreFile,
): CentresInUse {
  return { name, form, classes, dimension, parts, zeroRows };
}
