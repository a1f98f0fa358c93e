import { counted } from '../../../core/number-words';
import { pause, RETRY_WAITS_MS, unlessAborted } from '../../../core/retry';
import { messageOf, StudioError } from '../../../core/studio-error';
import { tarMembers } from '../../../formats/tar/tar-stream';
import { pristine, type DegradationLevels, type FaceRecord } from '../../face-record';
import type { OpenOptions } from '../../face-source';
import { LeftOutError } from '../../survey/left-out';
import type { ReadingNotes } from '../../survey/reading-notes';
import { badLabelReason, labelOf } from '../whole-label';
import { LoneParts, skippedOf, type ScatteredSample, type SkippedPart } from './lone-parts';
import type { TarSample } from './sample-run';
import { eventsOf, type ShardPosition } from './shard-events';
import { ShardChangedError, withoutFirst, type ShardOpener } from './shard-opener';
import { sampleName } from './tar-samples';
import { unpacked } from './unpacked-archive';

/** Names and addresses of gzipped shards. The first bytes decide whether a shard is gzipped. */
export const GZIP_NAME = /\.t?gz([?#]|$)/i;

/** Reads the records of single shards, with retries. */
export class ShardReader {
  /** @param wait injectable for tests */
  constructor(
    readonly opener: ShardOpener,
    readonly notes: ReadingNotes,
    readonly wait = pause,
  ) {}

  /**
   * Reads one shard; after an interruption it resumes where the stream broke off. Returns whether
   * any of it could be read.
   */
  async *read(shard: string, options: OpenOptions): AsyncGenerator<FaceRecord, boolean> {
    const position: ShardPosition = { resumeAt: 0, emitted: 0, complete: [], reading: {} };
    const lone = new LoneParts();
    const skip = (part: SkippedPart) => options.onSkip?.({ shard, ...part });
    this.notes.begin(shard);
    let recordCount = 0;
    let isEmpty = true;
    const recordOf = (sample: TarSample) => {
      const record = this.#recordOf(sample, shard, skip);
      if (record) recordCount++;
      return record;
    };
    for (let failures = 0; ;) {
      const before = { ...position };
      try {
        const tar = await this.#archive(shard, position, options.signal);
        for await (const event of eventsOf(tar, position)) {
          options.signal?.throwIfAborted();
          isEmpty = false;
          if (event.type === 'skipped') skip(event.part);
          else if (event.type === 'lone') {
            if (!lone.add(event.part)) skip(skippedOf(event.part));
          } else {
            const record = recordOf(event.sample);
            if (record) yield record;
          }
        }
        break;
      } catch (thrown) {
        options.signal?.throwIfAborted();
        const hasAdvanced =
          position.resumeAt > before.resumeAt || position.emitted > before.emitted;
        if (hasAdvanced) failures = 0;
        const reason = messageOf(thrown);
        const wait = this.#isPermanent(thrown) ? undefined : RETRY_WAITS_MS[failures];
        failures++;
        if (wait === undefined) {
          for (const sample of position.complete) {
            const record = recordOf(sample);
            if (record) yield record;
          }
          for (const part of lone.unmatched()) skip(skippedOf(part));
          options.onSkip?.({ shard, ...lossOf(thrown, reason, recordCount) });
          return recordCount > 0;
        }
        options.onRetry?.(shard, failures, reason);
        await unlessAborted(this.wait(wait), options.signal);
      }
    }
    if (isEmpty) options.onSkip?.({ shard, kind: 'empty-file', reason: 'it holds nothing' });
    const scattered = lone.matches(recordCount);
    for (const part of lone.unmatched(scattered)) skip(skippedOf(part));
    if (scattered.length > 0) yield* this.#scattered(shard, scattered, options, recordOf);
    return true;
  }

  /**
   * Pictures whose labels lie elsewhere in the archive. From a disk they are read in a second pass;
   * from a server they are skipped.
   */
  async *#scattered(
    shard: string,
    scattered: readonly ScatteredSample[],
    options: OpenOptions,
    recordOf: (sample: TarSample) => FaceRecord | null,
  ): AsyncGenerator<FaceRecord> {
    const remaining = new Map(scattered.map((sample) => [sample.pictureAt, sample]));
    const member = scattered[0]!.key;
    if (this.opener.isServed) {
      const samples = counted(remaining.size, 'sample');
      const reason =
        `the members of ${samples} don't lie next to each other, as they must to be read from ` +
        'a server; pack the shard again with "tar --sort=name" or, from a disk, "scf pack"';
      options.onSkip?.({ shard, member, kind: 'scattered-sample', count: remaining.size, reason });
      return;
    }
    const position: ShardPosition = { resumeAt: 0, emitted: 0, complete: [], reading: {} };
    try {
      const tar = await this.#archive(shard, position, options.signal);
      // Damage was reported during the first pass.
      for await (const { name, bytes, offset } of tarMembers(tar, () => undefined)) {
        options.signal?.throwIfAborted();
        const sample = remaining.get(offset);
        if (!sample) continue;
        remaining.delete(offset);
        this.notes.note('out-of-order', shard, sample.key);
        const dotted = sample.path !== sampleName(name).group;
        const record = recordOf({ ...sample, picture: bytes, dotted, repeated: false });
        if (record) yield record;
      }
    } catch (thrown) {
      options.signal?.throwIfAborted();
      const reason = `a second reading of it broke off: ${messageOf(thrown)}`;
      options.onSkip?.({ shard, member, kind: 'scattered-sample', count: remaining.size, reason });
    }
  }

  /** Whether a retry is pointless: a disk holds the same bytes a second later. */
  #isPermanent(thrown: unknown): boolean {
    if (thrown instanceof ShardChangedError || thrown instanceof LeftOutError) return true;
    return !this.opener.isServed && thrown instanceof StudioError && thrown.code === 'bad-shard';
  }

  #recordOf(
    sample: TarSample,
    shard: string,
    skip: (part: SkippedPart) => void,
  ): FaceRecord | null {
    const { key, picture, json, dotted, repeated } = sample;
    const label = labelOf(sample.label);
    if (label === null) {
      skip({ member: `${key}.cls`, kind: 'bad-label', reason: badLabelReason(sample.label) });
      return null;
    }
    if (dotted) this.notes.note('last-dot', shard, key);
    if (repeated) this.notes.note('repeated-key', shard, key);
    const degradation = json === undefined ? undefined : degradationOf(json);
    return { key, label, encoded: picture, shard, degradation };
  }

  /**
   * The unpacked archive from `position.resumeAt` on. A gzipped shard is always read from its
   * start.
   */
  async #archive(
    shard: string,
    position: ShardPosition,
    signal: AbortSignal | undefined,
  ): Promise<ReadableStream<Uint8Array>> {
    // As long as nothing was read, another version of the file is acceptable.
    const isFresh =
      position.resumeAt === 0 && position.emitted === 0 && position.complete.length === 0;
    if (isFresh) position.reading = {};
    // A server may unpack a file with a gzip name on the fly; then its byte ranges refer to the
    // packed file, not to the archive.
    const isRangeSafe = position.isPacked === false && !GZIP_NAME.test(shard);
    const offset = isRangeSafe ? position.resumeAt : 0;
    const stored = await this.opener.open(shard, signal, offset, position.reading);
    if (offset > 0) return stored;
    const { stream, isPacked } = await unpacked(stored, shard);
    position.isPacked = isPacked;
    return withoutFirst(stream, position.resumeAt);
  }
}

/** The report for a shard that is given up. */
function lossOf(thrown: unknown, reason: string, recordCount: number): SkippedPart {
  if (thrown instanceof LeftOutError && recordCount === 0) return { kind: thrown.kind, reason };
  // A network failure may be temporary; damage stays.
  const lost = thrown instanceof StudioError && thrown.code === 'network' ? true : undefined;
  const kind = lost ? 'lost-shard' : 'damaged-shard';
  // The gzip decoder's messages have no full stop.
  const sentence = reason.replace(/[^.!?]$/, '$&.');
  if (recordCount === 0) return { lost, kind, reason: sentence };
  const were = recordCount === 1 ? 'was' : 'were';
  const read = `${counted(recordCount, 'picture')} of it ${were} read.`;
  return { lost, kind, reason: `${sentence} ${read}` };
}

function degradationOf(json: string): DegradationLevels | undefined {
  let levels: Partial<Record<keyof DegradationLevels, unknown>> | undefined;
  try {
    levels = JSON.parse(json)?.degradation;
  } catch {
    return undefined;
  }
  if (typeof levels !== 'object' || levels === null) return undefined;
  const entries = Object.keys(pristine).map(
    (name) => [name, levels[name as keyof DegradationLevels] ?? 0] as const,
  );
  const areValid = entries.every(
    ([, level]) => typeof level === 'number' && level >= 0 && level <= 1,
  );
  return areValid ? (Object.fromEntries(entries) as unknown as DegradationLevels) : undefined;
}
