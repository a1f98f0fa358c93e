import { bytesOfEach } from '../formats/content-fingerprint';
import { mapConcurrently } from '../formats/map-concurrently';
import { sha256OfLines } from '../formats/sha256-hex';
import { StudioError } from '../formats/studio-error';
import { baseName, tarMembers } from '../formats/tar-stream';
import { pristine, type DegradationLevels, type FaceRecord } from './face-record';
import type { FaceSource, OpenOptions, SkippedItem, SourceInfo } from './face-source';
import { gunzipped } from './gunzip-stream';
import type { LeftOutKind } from './left-out';
import { epochRandom, inBlocks } from './record-order';
import { pause, RETRY_WAITS, unlessAborted } from './retry';
import type { ShardList } from './shard-list';
import { behind, ShardChangedError, type ShardOpener, type ShardReading } from './shard-opener';

const PICTURES = /^(jpg|jpeg|png|webp)$/;
/** Hidden files (macOS puts one before every other) and WebDataset's own notes, which lie between the members of a key. */
const NO_SAMPLE = /^(\.|__[^/]*__$|$)/;
/** A packed shard, by the name or the address. */
const GZIP = /\.t?gz([?#]|$)/i;

/** Shards that are asked for what they are known by at a time. */
const CONCURRENT_SHARDS = 8;
/** Shards that may be unreadable one after another before the reading is given up. */
const MOST_LOST_IN_A_ROW = 3;

/** WebDataset tar shards: members of one key (`key.jpg`, `key.cls`, `key.json`) lie next to each other. */
export class WebDatasetSource implements FaceSource {
  /** @param wait injectable for tests */
  constructor(
    readonly name: string,
    readonly list: ShardList,
    readonly opener: ShardOpener,
    readonly wait = pause,
  ) {}

  async info(): Promise<SourceInfo> {
    const sum = (field: 'images' | 'bytes') => {
      const values = this.list.shards.map((shard) => shard[field]);
      return values.every((value) => value !== undefined) ? values.reduce<number>((total, value) => total + value!, 0) : undefined;
    };
    return {
      name: this.name,
      shards: this.list.shards.map(({ name }) => name),
      form: 'webdataset',
      shuffle: 'blocks',
      foreignOrigins: this.list.foreignOrigins,
      images: this.list.images ?? sum('images'),
      identities: this.list.identities,
      bytes: sum('bytes'),
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
        const isDead = known === 0 && lost >= Math.min(MOST_LOST_IN_A_ROW, shards.length);
        if (isDead) throw this.#unreadable(lost, shards.length, name, reasonOf(thrown));
        return JSON.stringify({ missing: name });
      }
    });
    return sha256OfLines([JSON.stringify({ form: 'webdataset', images, identities }), ...lines]);
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
    return inBlocks(names, (order) => this.#allShards(order, options), options, epochRandom(options));
  }

  async *#allShards(order: readonly string[], options: OpenOptions): AsyncGenerator<FaceRecord> {
    let [lost, reason]: [number, string] = [0, ''];
    const onSkip = (item: SkippedItem) => {
      if (item.member === undefined) reason = item.reason;
      options.onSkip?.(item);
    };
    for (const shard of order) {
      lost = (yield* this.#shard(shard, { ...options, onSkip })) ? 0 : lost + 1;
      // One missing shard is passed over. Several in a row are a dead network or a wrong address: going on would lose them all.
      if (lost < Math.min(MOST_LOST_IN_A_ROW, order.length)) continue;
      throw this.#unreadable(lost, order.length, shard, reason);
    }
  }

  #unreadable(lost: number, shards: number, last: string, reason: string): StudioError {
    const what = lost === shards ? `No shard of ${this.name} could be read` : `${lost} shards of ${this.name} in a row could not be read`;
    return new StudioError('network', `${what} (the last was ${last}). ${reason}`, 'Check the network and the address, then start again.');
  }

  /** One shard, taken up again where it broke off. Returns whether any of it could be read. */
  async *#shard(shard: string, options: OpenOptions): AsyncGenerator<FaceRecord, boolean> {
    const place: Place = { settled: 0, told: -1, rest: null, reading: {} };
    const skip: Skip = (kind, reason, member) => options.onSkip?.({ shard, member, kind, reason });
    let given = 0;
    for (let fruitless = 0; ; ) {
      const before = place.settled;
      try {
        for await (const group of groupsOf(await this.#tar(shard, place, options.signal), place, skip)) {
          options.signal?.throwIfAborted();
          const record = recordOf(group, shard, skip);
          if (!record) continue;
          given++;
          yield record;
        }
        return true;
      } catch (thrown) {
        options.signal?.throwIfAborted();
        if (place.settled > before) fruitless = 0;
        const reason = reasonOf(thrown);
        const wait = thrown instanceof ShardChangedError ? undefined : RETRY_WAITS[fruitless++];
        if (wait === undefined) {
          const last = place.rest && recordOf(place.rest, shard, skip);
          if (last) {
            given++;
            yield last;
          }
          // What a network withholds may be had another time; what is damaged stays so.
          const lost = thrown instanceof StudioError && thrown.code === 'network' ? true : undefined;
          options.onSkip?.({ shard, lost, kind: lost ? 'lost-shard' : 'damaged-shard', reason: given > 0 ? `${reason} ${given} pictures of it were read.` : reason });
          return given > 0;
        }
        options.onRetry?.(shard, fruitless, reason);
        await unlessAborted(this.wait(wait), options.signal);
      }
    }
  }

  /** The shard's archive from what is settled on. A packed one can be opened only at its beginning. */
  async #tar(shard: string, place: Place, signal: AbortSignal | undefined): Promise<ReadableStream<Uint8Array>> {
    // Nothing of an earlier state of the file is held: what is there now may be read.
    if (place.settled === 0 && !place.rest) place.reading = {};
    if (!GZIP.test(shard)) return this.opener.open(shard, signal, place.settled, place.reading);
    const packed = await this.opener.open(shard, signal, 0, place.reading);
    return behind(gunzipped(packed), place.settled);
  }
}

type Skip = (kind: LeftOutKind, reason: string, member?: string) => void;

const reasonOf = (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown));

/** How far a shard has been read: what another try goes on from. Offsets are the unpacked archive's, in bytes. */
interface Place {
  /** Where the first group begins that was neither given nor told to be no labelled picture. */
  settled: number;
  /** Where the last damage lies that was told; another try passes it again. */
  told: number;
  /** The group that begins at `settled`, where all of it that is needed came before a break. */
  rest: Group | null;
  reading: ShardReading;
}

/** Neighbouring members of one key, folders included. */
interface Group {
  readonly path: string;
  readonly key: string;
  picture?: Uint8Array;
  label?: string;
  json?: string;
}

/** Groups neighbouring members by key, and keeps `place`. */
async function* groupsOf(stream: ReadableStream<Uint8Array>, place: Place, skip: Skip): AsyncGenerator<Group> {
  let group: Group | null = null;
  const tellOnce = (reason: string, offset: number) => {
    if (offset <= place.told) return;
    place.told = offset;
    skip('archive-member', reason);
  };
  for await (const { name, bytes, offset } of tarMembers(stream, tellOnce, place.settled)) {
    const base = baseName(name);
    if (NO_SAMPLE.test(base)) continue;
    const dot = base.indexOf('.');
    const [key, extension] = dot < 0 ? [base, ''] : [base.slice(0, dot), base.slice(dot + 1).toLowerCase()];
    const path = name.slice(0, name.lastIndexOf(base)) + key;
    if (group && group.path !== path) {
      [place.settled, place.rest] = [offset, null];
      yield group;
      group = null;
    }
    group ??= { path, key };
    if (PICTURES.test(extension)) group.picture = bytes;
    else if (extension === 'cls') group.label = new TextDecoder().decode(bytes).trim();
    else if (extension === 'json') group.json = new TextDecoder().decode(bytes);
    if (group.picture && group.label !== undefined) place.rest = group;
  }
  if (group) yield group;
}

function recordOf({ key, picture, label, json }: Group, shard: string, skip: Skip): FaceRecord | null {
  if (!picture || label === undefined) {
    if (picture) skip('without-label', 'it has no .cls', key);
    else skip('without-picture', 'it has no picture', key);
    return null;
  }
  if (!/^\d{1,8}$/.test(label)) {
    skip('bad-label', `its label is "${label.slice(0, 20)}"; a whole number was expected`, `${key}.cls`);
    return null;
  }
  return { key, label: Number(label), jpeg: picture, shard, degradation: json === undefined ? undefined : degradationOf(json) };
}

function degradationOf(json: string): DegradationLevels | undefined {
  let levels: Partial<Record<keyof DegradationLevels, unknown>> | undefined;
  try {
    levels = JSON.parse(json)?.degradation;
  } catch {
    return undefined;
  }
  if (typeof levels !== 'object' || levels === null) return undefined;
  const entries = Object.keys(pristine).map((name) => [name, levels[name as keyof DegradationLevels] ?? 0] as const);
  const fits = entries.every(([, level]) => typeof level === 'number' && level >= 0 && level <= 1);
  return fits ? (Object.fromEntries(entries) as unknown as DegradationLevels) : undefined;
}
