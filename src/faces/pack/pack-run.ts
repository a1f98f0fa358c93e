import { StudioError } from '../../core/studio-error';
import { LeftOutTally } from '../survey/left-out';
import {
  decodeFingerprints,
  encodeFingerprint,
  FINGERPRINT_BYTES,
  fingerprintOf,
  type Fingerprint,
  type PackedRecord,
} from './pack-fingerprint';
import type { PackCheckpoint, PackJob, PackResult } from './pack-job';
import { nothingPacked } from './pack-plan';
import { RecordIoSetWriter, UngroupedError, type RecordIoLayout } from './pack-recordio';
import { pathIn, type PackedSet, type SetState, type SetWriter } from './pack-set';
import type { PackSink } from './pack-sink';
import { TarSetWriter } from './pack-tar';

export type { PackCheckpoint, PackResult } from './pack-job';

/**
 * Size of the shuffle buffer for sources without a global shuffle: about 60 MB of crops.
 */
const SHUFFLE_BUFFER = 8192;
/** Records of the source between two checkpoints. */
const CHECKPOINT_RECORDS = 4096;
/** File with a set's fingerprints, which exists until the set has been verified. */
const FINGERPRINTS = 'pack-records';

/**
 * Writes the sets of a plan, from a checkpoint or from the beginning. The same source and plan give
 * the same bytes, however often the pack was interrupted. Memory: a shuffle buffer, and about
 * twelve bytes per record.
 *
 * If the source has positions, a resumed pack continues at one. Otherwise the source is read from
 * its start again, and the records already written are compared.
 * @throws StudioError `bad-source` if the source yields other records than before, or none;
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
      // A shuffled source fails here after a few records, so it needs no extra pass to find out
      // whether it is grouped.
      from = beginning('im2rec');
      await job.saveCheckpoint(from);
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
 * Makes the fingerprints of written sets readable, possibly after the process was killed.
 */
export const restoreFingerprints = (sink: PackSink, sets: readonly PackedSet[]): Promise<void> =>
  sink.rewind(
    Object.fromEntries(
      sets.map(({ folder, images }) => [pathIn(folder, FINGERPRINTS), images * FINGERPRINT_BYTES]),
    ),
  );

/** The fingerprints of a written set, in the order of its records. */
export async function fingerprintsOf(
  sink: PackSink,
  folder: string,
): Promise<AsyncGenerator<Fingerprint>> {
  return decodeFingerprints(await sink.stream(pathIn(folder, FINGERPRINTS)));
}

/** Removes a set's fingerprints. */
export const discardFingerprints = (sink: PackSink, folder: string): Promise<void> =>
  sink.discard(pathIn(folder, FINGERPRINTS));

/** One pass over the source. */
class PackPass {
  readonly #writers: readonly SetWriter[];
  /** For each set the fingerprints of records already written, still to be compared. */
  readonly #written: AsyncGenerator<Fingerprint>[] = [];
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
    // If reading resumes at a position, earlier records aren't reported again.
    if (from.place !== null) this.#leftOut.addAll(from.leftOut ?? []);
    if (from.read > 0) await this.#restore();
    const records = job.source.open({
      seed,
      epoch: 0,
      skip: from.place ?? 0,
      shuffleBuffer: shuffle ? SHUFFLE_BUFFER : 0,
      signal: job.signal,
      onRetry: job.onRetry,
      onSkip: (item) => {
        // A network failure must not make a set smaller: the pack stops, and can be resumed.
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
      await job.saveCheckpoint(await this.#checkpoint());
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
      await this.#writeMapping(set);
      sets.push(packed);
    }
    await job.sink.sync();
    const skipped = Math.max(this.#leftOut.total, (images ?? 0) - this.#read);
    return { sets, skipped, leftOut: all.groups() };
  }

  /** Restores the writers' state from the fingerprints of the records before the checkpoint. */
  async #restore(): Promise<void> {
    const { job, from } = this;
    for (const [set, folder] of job.plan.folders.entries()) {
      // A set without records has no file of fingerprints yet.
      if (!(pathIn(folder, FINGERPRINTS) in from.lengths))
        this.#written[set] = decodeFingerprints(new Blob([]).stream());
      else this.#written[set] = await fingerprintsOf(job.sink, folder);
      if (from.place === null) continue;
      for await (const fingerprint of this.#written[set]!) this.#writers[set]!.restore(fingerprint);
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
    const { value: before } = (await this.#written[set]!.next()) as IteratorResult<
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
      lengths: await this.job.sink.sync(),
      leftOut: this.#leftOut.groups(),
    };
  }

  /** Writes the label mapping of a relabelled set. */
  async #writeMapping(set: number): Promise<void> {
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
