import { StudioError } from '../../core/studio-error';
import type { FaceSource } from '../face-source';
import { type SkippedItem, LeftOutTally, type LeftOut } from '../survey/left-out';
import {
  decodeFingerprints,
  encodeFingerprint,
  FINGERPRINT_BYTES,
  fingerprintOf,
  type Fingerprint,
  type PackedRecord,
} from './pack-fingerprint';
import { nothingPacked, type PackPlan } from './pack-plan';
import { RecordIoSetWriter, UngroupedError, type RecordIoLayout } from './pack-recordio';
import { pathIn, type PackedSet, type SetState, type SetWriter } from './pack-set';
import type { FileLengths, PackSink } from './pack-sink';
import { TarSetWriter } from './pack-tar';

/**
 * Records held to shuffle from where a source can't be shuffled as a whole: 60 MB of crops or so.
 */
const SHUFFLE_BUFFER = 8192;
/** Records of the source between two checkpoints. */
const CHECKPOINT_RECORDS = 4096;
/** Where a set's fingerprints are kept until it has been verified. */
const FINGERPRINTS = 'pack-records';

/** Where a pack goes on from after it was killed: plain data. */
export interface PackCheckpoint {
  readonly layout: RecordIoLayout;
  /** Records of the source that were passed. */
  readonly read: number;
  /**
   * Place in the source's order behind them, where it tells places: reading begins there. Null: at
   * the beginning.
   */
  readonly place: number | null;
  readonly sets: readonly SetState[];
  /** Of the files that were not finished. */
  readonly lengths: FileLengths;
  /** What of the records before was left out; absent in packs of before, which didn't note it. */
  readonly leftOut?: readonly LeftOut[];
}

/** What a pack works with. */
export interface PackJob {
  readonly plan: PackPlan;
  readonly source: FaceSource;
  readonly sink: PackSink;
  /** Keeps a checkpoint, whole or not at all. */
  readonly keep: (checkpoint: PackCheckpoint) => Promise<void>;
  /** Told of the records read, at each. */
  readonly onRecord?: (read: number) => void;
  /** Told of damage in the source; again where a pack goes on that has to read it again. */
  readonly onSkip?: (item: SkippedItem) => void;
  readonly onRetry?: (shard: string, attempt: number, reason: string) => void;
  readonly signal?: AbortSignal;
  /** For tests. */
  readonly checkpointRecords?: number;
}

/** What was packed. */
export interface PackResult {
  readonly sets: readonly PackedSet[];
  /** Records of the source that are damaged; or of which it says that it has them, and has not. */
  readonly skipped: number;
  /**
   * All that is left out by kind, with what opening the source left out; absent in packs of before.
   */
  readonly leftOut?: readonly LeftOut[];
}

/**
 * Writes the sets of a plan from where a checkpoint left off, or from the beginning. The same
 * source and plan give the same bytes, however often it was killed on the way. Holds a shuffle
 * buffer, and of each record some twelve bytes.
 *
 * Where the source tells places it goes on at one; else it is read again from its beginning, and
 * what was written before compared.
 * @throws StudioError `bad-source` where the source gives other records than before, or no records;
 * whatever source and sink throw
 */
export async function writePack(
  job: PackJob,
  checkpoint: PackCheckpoint | null,
): Promise<PackResult> {
  const { form, shuffle } = job.plan.options;
  let from = checkpoint ?? beginning(form === 'recordio' && !shuffle ? 'insightface' : 'im2rec');
  for (;;) {
    await job.sink.rewind(from.lengths);
    try {
      return await new PackPass(job, from).run();
    } catch (thrown) {
      if (!(thrown instanceof UngroupedError) || from.layout === 'im2rec') throw thrown;
      // A shuffled source shows that within some records, and a grouped one needs no pass to find
      // out that it is.
      from = beginning('im2rec');
      await job.keep(from);
    }
  }
}

const beginning = (layout: RecordIoLayout): PackCheckpoint => ({
  layout,
  read: 0,
  place: null,
  sets: [],
  lengths: {},
});

/**
 * Makes ready the fingerprints of sets that were written, maybe by a process that was killed then.
 */
export const recallFingerprints = (sink: PackSink, sets: readonly PackedSet[]): Promise<void> =>
  sink.rewind(
    Object.fromEntries(
      sets.map(({ folder, images }) => [pathIn(folder, FINGERPRINTS), images * FINGERPRINT_BYTES]),
    ),
  );

/** The fingerprints of a set that was written, in the order of its records. */
export async function fingerprintsOf(
  sink: PackSink,
  folder: string,
): Promise<AsyncGenerator<Fingerprint>> {
  return decodeFingerprints(await sink.stream(pathIn(folder, FINGERPRINTS)));
}

/** Lets go of a set's fingerprints. */
export const discardFingerprints = (sink: PackSink, folder: string): Promise<void> =>
  sink.discard(pathIn(folder, FINGERPRINTS));

/** One pass over the source. */
class PackPass {
  readonly #writers: readonly SetWriter[];
  /** Records of each set that its files hold, as far as they are known again. */
  readonly #left: AsyncGenerator<Fingerprint>[] = [];
  readonly #leftOut = new LeftOutTally();
  #read = 0;
  #place: number | null = null;

  constructor(
    readonly job: PackJob,
    readonly from: PackCheckpoint,
  ) {
    this.#writers = job.plan.folders.map((_, set) => this.#writerOf(set));
  }

  async run(): Promise<PackResult> {
    const { job, from } = this;
    const { seed, shuffle } = job.plan.options;
    // Where reading goes on behind a place, nothing before it is told again.
    if (from.place !== null) this.#leftOut.addAll(from.leftOut ?? []);
    if (from.read > 0) await this.#recall();
    const records = job.source.open({
      seed,
      epoch: 0,
      skip: from.place ?? 0,
      shuffleBuffer: shuffle ? SHUFFLE_BUFFER : 0,
      signal: job.signal,
      onRetry: job.onRetry,
      onSkip: (item) => {
        // A set must not end up smaller for a network that was down; the pack goes on where it
        // stopped.
        if (item.lost)
          throw new StudioError(
            'network',
            `${item.shard} could not be read: ${item.reason}`,
            'Give the same command again once the network is back: it goes on where it stopped.',
          );
        this.#leftOut.add(item);
        job.onSkip?.(item);
      },
    });
    let checkpointAt = from.read + (job.checkpointRecords ?? CHECKPOINT_RECORDS);
    for await (const record of records) {
      const isNew = this.#read >= from.read;
      this.#read++;
      this.#place = record.position ?? null;
      job.onRecord?.(this.#read);
      const route = job.plan.routeOf(record.label);
      if (route) {
        const packed = this.#writers[route.set]!.prepare(record, route.label);
        if (isNew) await this.#write(route.set, packed);
        else await this.#compare(route.set, packed);
      }
      if (this.#read < checkpointAt) continue;
      await job.keep(await this.#checkpoint());
      checkpointAt = this.#read + (job.checkpointRecords ?? CHECKPOINT_RECORDS);
    }
    if (this.#read < from.read)
      throw changed(`it has ${this.#read} records where it had ${from.read} or more`);
    const { images, leftOut: opened = [] } = await job.source.info();
    const all = new LeftOutTally();
    for (const groups of [opened, this.#leftOut.groups()]) all.addAll(groups);
    if (this.#read === 0) throw nothingPacked(all.groups());
    const sets: PackedSet[] = [];
    for (const [set, writer] of this.#writers.entries()) {
      const packed = await writer.finish();
      await this.#describe(set);
      sets.push(packed);
    }
    await job.sink.settle();
    const skipped = Math.max(this.#leftOut.total, (images ?? 0) - this.#read);
    return { sets, skipped, leftOut: all.groups() };
  }

  /** What the writers knew of the records before the checkpoint. */
  async #recall(): Promise<void> {
    const { job, from } = this;
    for (const [set, folder] of job.plan.folders.entries()) {
      // A set that has no record yet has no file of fingerprints.
      if (!(pathIn(folder, FINGERPRINTS) in from.lengths))
        this.#left[set] = decodeFingerprints(new Blob([]).stream());
      else this.#left[set] = await fingerprintsOf(job.sink, folder);
      if (from.place === null) continue;
      for await (const fingerprint of this.#left[set]!) this.#writers[set]!.restore(fingerprint);
    }
    if (from.place !== null) this.#read = from.read;
  }

  async #write(set: number, packed: PackedRecord): Promise<void> {
    await this.#writers[set]!.write(packed);
    await this.job.sink.append(
      this.#path(set, FINGERPRINTS),
      encodeFingerprint(await fingerprintOf(packed)),
    );
  }

  async #compare(set: number, packed: PackedRecord): Promise<void> {
    const found = await fingerprintOf(packed);
    const { value: before } = (await this.#left[set]!.next()) as IteratorResult<
      Fingerprint,
      undefined
    >;
    if (
      before?.label === found.label &&
      before.key === found.key &&
      before.contents === found.contents
    )
      return;
    throw changed(`its record ${this.#read} is another one`);
  }

  async #checkpoint(): Promise<PackCheckpoint> {
    const sets: SetState[] = [];
    for (const writer of this.#writers) sets.push(await writer.state());
    return {
      layout: this.from.layout,
      read: this.#read,
      place: this.#place,
      sets,
      lengths: await this.job.sink.settle(),
      leftOut: this.#leftOut.groups(),
    };
  }

  /** The mapping of a relabelled set, beside its records. */
  async #describe(set: number): Promise<void> {
    const mapping = this.job.plan.mappingOf(set);
    if (!mapping) return;
    const path = this.#path(set, 'labels.json');
    await this.job.sink.append(
      path,
      new TextEncoder().encode(`${JSON.stringify({ sourceLabels: mapping })}\n`),
    );
    await this.job.sink.finish(path);
  }

  #writerOf(set: number): SetWriter {
    const { plan, sink } = this.job;
    const folder = plan.folders[set]!;
    const state = this.from.sets[set];
    if (plan.options.form === 'tar')
      return new TarSetWriter(
        folder,
        { ...plan.options, name: folder || plan.options.name },
        sink,
        state?.form === 'tar' ? state : undefined,
      );
    return new RecordIoSetWriter(
      folder,
      this.from.layout,
      sink,
      state?.form === 'recordio' ? state : undefined,
    );
  }

  #path(set: number, name: string): string {
    return pathIn(this.job.plan.folders[set]!, name);
  }
}

function changed(found: string): StudioError {
  return new StudioError(
    'bad-source',
    `The source is not what it was when this pack began: ${found}.`,
    'Remove what was packed, and pack again.',
  );
}
