import { bytesOfEach } from '../../../formats/bytes/content-fingerprint';
import { counted } from '../../../core/number-words';
import { mapConcurrently } from '../../../core/map-concurrently';
import { sha256OfLines } from '../../../formats/bytes/sha256-hex';
import { messageOf, StudioError } from '../../../core/studio-error';
import { tarMembers } from '../../../formats/tar/tar-stream';
import { pristine, type DegradationLevels, type FaceRecord } from '../../face-record';
import type { FaceSource, OpenOptions, SourceInfo } from '../../face-source';
import {
  type SkippedItem,
  LeftOutError,
  LeftOutTally,
  NothingUsedError,
  type LeftOut,
} from '../../survey/left-out';
import { LoneParts, toldOf, type PartedSample, type ToldPart } from './lone-parts';
import { stepWhereNothing } from '../../survey/nothing-used';
import { ReadingNotes } from '../../survey/reading-notes';
import { epochRandom, inBlocks } from '../record-order';
import { pause, RETRY_WAITS, unlessAborted } from '../../../core/retry';
import { eventsOf, type ShardPlace } from './shard-events';
import type { ShardList } from './shard-list';
import type { TarSample } from './sample-run';
import { behind, ShardChangedError, type ShardOpener } from './shard-opener';
import { sampleName } from './tar-samples';
import { unpacked } from './unpacked-archive';
import { labelOf, labelTrouble } from '../whole-label';

/**
 * A shard that is called packed, by the name or the address. Whether it is, its first bytes say.
 */
const GZIP = /\.t?gz([?#]|$)/i;

/** Counts up where the same members give other records: what was made of those isn't theirs. */
const READING = 2;

/** Shards that are asked for what they are known by at a time. */
const CONCURRENT_SHARDS = 8;
/** Shards that may be unreadable one after another before the reading is given up. */
const MAX_LOST_IN_A_ROW = 3;

/**
 * WebDataset tar shards: members of one key (`key.jpg`, `key.cls`, `key.json`) lie next to each
 * other. How names are read, and what is done with others: {@link SampleGrouper}, {@link
 * LoneParts}.
 */
export class WebDatasetSource implements FaceSource {
  readonly #notes = new ReadingNotes();

  /** @param wait injectable for tests */
  constructor(
    readonly name: string,
    readonly list: ShardList,
    readonly opener: ShardOpener,
    readonly wait = pause,
    /** Files beside the shards. */
    readonly leftOut: readonly LeftOut[] = [],
    /** How its shards were chosen where that isn't the only way. */
    readonly chosen: readonly string[] = [],
  ) {}

  async info(): Promise<SourceInfo> {
    const sum = (field: 'images' | 'bytes') => {
      const values = this.list.shards.map((shard) => shard[field]);
      return values.every((value) => value !== undefined)
        ? values.reduce<number>((total, value) => total + value!, 0)
        : undefined;
    };
    const [chosen, notes] = [this.chosen, this.#notes];
    return {
      name: this.name,
      shards: this.list.shards.map(({ name }) => name),
      form: 'webdataset',
      shuffle: 'blocks',
      foreignOrigins: this.list.foreignOrigins,
      images: this.list.images ?? sum('images'),
      identities: this.list.identities,
      bytes: sum('bytes'),
      leftOut: this.leftOut,
      // Only reading tells: whoever asked before has them afterwards all the same.
      get notes() {
        return [...chosen, ...notes.sentences()];
      },
    };
  }

  get isServed(): boolean {
    return this.opener.isServed === true;
  }

  /** Its shards in their order, whatever their names, and what its manifest says of them all. */
  async fingerprint(signal?: AbortSignal): Promise<string> {
    const { shards, images, identities } = this.list;
    const most = bytesOfEach(shards.length);
    let [known, lost] = [0, 0];
    const lines = await mapConcurrently(shards, CONCURRENT_SHARDS, async ({ name }) => {
      try {
        const contents = await this.#fingerprintOf(name, most, signal);
        known++;
        return JSON.stringify({ packed: GZIP.test(name), contents });
      } catch (thrown) {
        signal?.throwIfAborted();
        lost++;
        // As when they are read: one that is missing is passed over, a dead network is not.
        const isDead = known === 0 && lost >= Math.min(MAX_LOST_IN_A_ROW, shards.length);
        if (isDead) {
          const isNetwork = thrown instanceof StudioError && thrown.code === 'network';
          throw this.#unreadable(lost, shards.length, name, reasonOf(thrown), isNetwork);
        }
        return JSON.stringify({ missing: name });
      }
    });
    return sha256OfLines([
      JSON.stringify({ form: 'webdataset', reading: READING, images, identities }),
      ...lines,
    ]);
  }

  /** One shard's, asked for again where the network withholds it. */
  async #fingerprintOf(shard: string, most: number, signal?: AbortSignal): Promise<string> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.opener.fingerprint(shard, most, signal);
      } catch (thrown) {
        signal?.throwIfAborted();
        const wait = RETRY_WAITS[attempt];
        const isNetwork = thrown instanceof StudioError && thrown.code === 'network';
        if (!isNetwork || wait === undefined) throw thrown;
        await unlessAborted(this.wait(wait), signal);
      }
    }
  }

  open(options: OpenOptions): AsyncGenerator<FaceRecord> {
    const names = this.list.shards.map(({ name }) => name);
    return inBlocks(
      names,
      (order) => this.#allShards(order, options),
      options,
      epochRandom(options),
    );
  }

  async *#allShards(order: readonly string[], options: OpenOptions): AsyncGenerator<FaceRecord> {
    let [lost, isNetwork, reason] = [0, false, ''];
    const leftOut = new LeftOutTally();
    leftOut.addAll(this.leftOut);
    const onSkip = (item: SkippedItem) => {
      leftOut.add(item);
      if (item.kind === 'lost-shard' || item.kind === 'damaged-shard') {
        [isNetwork, reason] = [item.lost === true, item.reason];
      }
      options.onSkip?.(item);
    };
    for (const shard of order) {
      lost = (yield* this.#shard(shard, { ...options, onSkip })) ? 0 : lost + 1;
      // One missing shard is passed over. Several in a row are a dead network or a wrong address:
      // going on would lose them all.
      if (lost < Math.min(MAX_LOST_IN_A_ROW, order.length)) continue;
      if (lost === order.length && !isNetwork)
        throw this.#nothing(lost, shard, reason, leftOut.groups());
      throw this.#unreadable(lost, order.length, shard, reason, isNetwork);
    }
  }

  /** What is wrong where not a single shard can be read, and no network is at fault. */
  #nothing(
    shards: number,
    last: string,
    reason: string,
    leftOut: readonly LeftOut[],
  ): NothingUsedError {
    const message = this.#unreadText(shards, shards, last, reason);
    const nextStep = stepWhereNothing(leftOut) ?? this.#nextStep;
    return new NothingUsedError(leftOut, message, nextStep);
  }

  #unreadable(
    lost: number,
    shards: number,
    last: string,
    reason: string,
    isNetwork: boolean,
  ): StudioError {
    const message = this.#unreadText(lost, shards, last, reason);
    if (!isNetwork) return new StudioError('bad-shard', message, this.#nextStep);
    const nextStep = 'Check the network and the address, then start again.';
    return new StudioError('network', message, nextStep);
  }

  #unreadText(lost: number, shards: number, last: string, reason: string): string {
    if (shards === 1) return `${last} could not be read. ${reason}`;
    const what =
      lost === shards
        ? `No shard of ${this.name} could be read`
        : `${lost} shards of ${this.name} in a row could not be read`;
    return `${what} (the last was ${last}). ${reason}`;
  }

  /** What can be done about shards that aren't tars. */
  get #nextStep(): string {
    const step = this.isServed ? 'Check the address, or get' : 'Get';
    return `${step} the shards again: tar archives are read, plain or packed by gzip.`;
  }

  /** One shard, taken up again where it broke off. Returns whether any of it could be read. */
  async *#shard(shard: string, options: OpenOptions): AsyncGenerator<FaceRecord, boolean> {
    const place: ShardPlace = { settled: 0, passed: 0, whole: [], reading: {} };
    const lone = new LoneParts();
    const notify = (told: ToldPart) => options.onSkip?.({ shard, ...told });
    this.#notes.begin(shard);
    let [given, isEmpty] = [0, true];
    const recordOf = (sample: TarSample) => {
      const record = this.#recordOf(sample, shard, notify);
      if (record) given++;
      return record;
    };
    for (let fruitless = 0; ;) {
      const before = { ...place };
      try {
        const tar = await this.#tar(shard, place, options.signal);
        for await (const event of eventsOf(tar, place)) {
          options.signal?.throwIfAborted();
          isEmpty = false;
          if (event.type === 'told') notify(event.told);
          else if (event.type === 'lone') {
            if (!lone.add(event.part)) notify(toldOf(event.part));
          } else {
            const record = recordOf(event.sample);
            if (record) yield record;
          }
        }
        break;
      } catch (thrown) {
        options.signal?.throwIfAborted();
        if (place.settled > before.settled || place.passed > before.passed) fruitless = 0;
        const reason = reasonOf(thrown);
        const wait = this.#isLasting(thrown) ? undefined : RETRY_WAITS[fruitless++];
        if (wait === undefined) {
          for (const sample of place.whole) {
            const record = recordOf(sample);
            if (record) yield record;
          }
          for (const part of lone.rest()) notify(toldOf(part));
          options.onSkip?.({ shard, ...lossOf(thrown, reason, given) });
          return given > 0;
        }
        options.onRetry?.(shard, fruitless, reason);
        await unlessAborted(this.wait(wait), options.signal);
      }
    }
    if (isEmpty) options.onSkip?.({ shard, kind: 'empty-file', reason: 'it holds nothing' });
    const parted = lone.matches(given);
    for (const part of lone.rest(parted)) notify(toldOf(part));
    if (parted.length > 0) yield* this.#parted(shard, parted, options, recordOf);
    return true;
  }

  /** Pictures whose labels lie elsewhere in the archive: read from a disk, told of a server's. */
  async *#parted(
    shard: string,
    parted: readonly PartedSample[],
    options: OpenOptions,
    recordOf: (sample: TarSample) => FaceRecord | null,
  ): AsyncGenerator<FaceRecord> {
    const left = new Map(parted.map((sample) => [sample.pictureAt, sample]));
    const member = parted[0]!.key;
    if (this.isServed) {
      const apart = `the members of ${counted(left.size, 'sample')} don't lie next to each other`;
      const step = 'pack the shard again with "tar --sort=name" or, from a disk, "scf pack"';
      const reason = `${apart}, as they must to be read from a server; ${step}`;
      options.onSkip?.({ shard, member, kind: 'scattered-sample', count: left.size, reason });
      return;
    }
    const place: ShardPlace = { settled: 0, passed: 0, whole: [], reading: {} };
    try {
      const tar = await this.#tar(shard, place, options.signal);
      // What is damaged was told when it was read first.
      for await (const { name, bytes, offset } of tarMembers(tar, () => undefined)) {
        options.signal?.throwIfAborted();
        const sample = left.get(offset);
        if (!sample) continue;
        left.delete(offset);
        this.#notes.note('out-of-order', shard, sample.key);
        const dotted = sample.path !== sampleName(name).group;
        const record = recordOf({ ...sample, picture: bytes, dotted, repeated: false });
        if (record) yield record;
      }
    } catch (thrown) {
      options.signal?.throwIfAborted();
      const reason = `a second reading of it broke off: ${reasonOf(thrown)}`;
      options.onSkip?.({ shard, member, kind: 'scattered-sample', count: left.size, reason });
    }
  }

  /** Another try would meet the same: what a disk holds is no better a second later. */
  #isLasting(thrown: unknown): boolean {
    if (thrown instanceof ShardChangedError || thrown instanceof LeftOutError) return true;
    return !this.isServed && thrown instanceof StudioError && thrown.code === 'bad-shard';
  }

  #recordOf(sample: TarSample, shard: string, notify: (told: ToldPart) => void): FaceRecord | null {
    const { key, picture, json, dotted, repeated } = sample;
    const label = labelOf(sample.label);
    if (label === null) {
      notify({ member: `${key}.cls`, kind: 'bad-label', reason: labelTrouble(sample.label) });
      return null;
    }
    if (dotted) this.#notes.note('last-dot', shard, key);
    if (repeated) this.#notes.note('repeated-key', shard, key);
    const degradation = json === undefined ? undefined : degradationOf(json);
    return { key, label, encoded: picture, shard, degradation };
  }

  /**
   * The shard's archive from what is settled on. A packed one can be opened only at its beginning.
   */
  async #tar(
    shard: string,
    place: ShardPlace,
    signal: AbortSignal | undefined,
  ): Promise<ReadableStream<Uint8Array>> {
    // Nothing of an earlier state of the file is held: what is there now may be read.
    const isFresh = place.settled === 0 && place.passed === 0 && place.whole.length === 0;
    if (isFresh) place.reading = {};
    // A server may unpack what it names so: then a part that is asked for isn't the archive's.
    const offset = place.isPacked === false && !GZIP.test(shard) ? place.settled : 0;
    const stored = await this.opener.open(shard, signal, offset, place.reading);
    if (offset > 0) return stored;
    const { stream, isPacked } = await unpacked(stored, shard);
    place.isPacked = isPacked;
    return behind(stream, place.settled);
  }
}

const reasonOf = (thrown: unknown) => messageOf(thrown);

/** What is told of a shard that is given up. */
function lossOf(thrown: unknown, reason: string, given: number): ToldPart {
  if (thrown instanceof LeftOutError && given === 0) return { kind: thrown.kind, reason };
  // What a network withholds may be had another time; what is damaged stays so.
  const lost = thrown instanceof StudioError && thrown.code === 'network' ? true : undefined;
  // What unpacks gzip says a few words alone.
  const sentence = reason.replace(/[^.!?]$/, '$&.');
  const were = given === 1 ? 'was' : 'were';
  const read =
    given > 0 ? `${sentence} ${counted(given, 'picture')} of it ${were} read.` : sentence;
  return { lost, kind: lost ? 'lost-shard' : 'damaged-shard', reason: read };
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
  const fits = entries.every(([, level]) => typeof level === 'number' && level >= 0 && level <= 1);
  return fits ? (Object.fromEntries(entries) as unknown as DegradationLevels) : undefined;
}
