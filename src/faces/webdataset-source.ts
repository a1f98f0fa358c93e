import { seededRandom, shuffled } from '../formats/seeded-random';
import { StudioError } from '../formats/studio-error';
import { tarMembers } from '../formats/tar-stream';
import { pristine, type DegradationLevels, type FaceRecord } from './face-record';
import type { FaceSource, OpenOptions, SourceInfo } from './face-source';
import type { ShardList } from './shard-list';
import type { ShardOpener } from './shard-opener';
import { shuffleBuffer } from './shuffle-buffer';

const PICTURES = /^(jpg|jpeg|png|webp)$/i;
/** Tries of one shard, and the waits between them in milliseconds. */
const WAITS = [500, 1000, 2000];

/** WebDataset tar shards: members of one key (`key.jpg`, `key.cls`, `key.json`) lie next to each other. */
export class WebDatasetSource implements FaceSource {
  /** @param wait injectable for tests */
  constructor(
    readonly name: string,
    readonly list: ShardList,
    readonly opener: ShardOpener,
    readonly wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms)),
  ) {}

  async info(): Promise<SourceInfo> {
    const sum = (field: 'images' | 'bytes') => {
      const values = this.list.shards.map((shard) => shard[field]);
      return values.every((value) => value !== undefined) ? values.reduce<number>((total, value) => total + value!, 0) : undefined;
    };
    return {
      name: this.name,
      shards: this.list.shards.map(({ name }) => name),
      images: this.list.images ?? sum('images'),
      identities: this.list.identities,
      bytes: sum('bytes'),
    };
  }

  async *open(options: OpenOptions): AsyncGenerator<FaceRecord> {
    const random = seededRandom(options.seed, options.epoch, 0x73687566);
    const names = this.list.shards.map(({ name }) => name);
    const order = options.shuffleBuffer > 0 ? shuffled(names, random) : names;
    const records = this.#allShards(order, options);
    const mixed = options.shuffleBuffer > 1 ? shuffleBuffer(records, options.shuffleBuffer, random) : records;
    let toSkip = options.skip ?? 0;
    for await (const record of mixed) {
      if (toSkip-- > 0) continue;
      yield record;
    }
  }

  async *#allShards(order: readonly string[], options: OpenOptions): AsyncGenerator<FaceRecord> {
    let failed = 0;
    for (const shard of order) {
      if (!(yield* this.#shard(shard, options))) failed++;
    }
    if (failed === order.length) {
      throw new StudioError('network', `None of the ${order.length} shards of ${this.name} could be read.`, 'Check the network and the address, then start again.');
    }
  }

  /** One shard, tried again from where it broke off. Returns whether any of it could be read. */
  async *#shard(shard: string, options: OpenOptions): AsyncGenerator<FaceRecord, boolean> {
    let given = 0;
    let told = 0;
    for (let attempt = 0; ; attempt++) {
      let seen = 0;
      let damaged = 0;
      // A second try passes the same damage again; what was told is not told twice.
      const onSkip: OpenOptions['onSkip'] = (item) => {
        if (++damaged <= told) return;
        told++;
        options.onSkip?.(item);
      };
      try {
        const stream = await this.opener.open(shard, options.signal);
        const plain = shard.endsWith('.gz') ? stream.pipeThrough(new DecompressionStream('gzip') as ReadableWritablePair<Uint8Array, Uint8Array>) : stream;
        for await (const record of recordsOf(shard, plain, onSkip)) {
          options.signal?.throwIfAborted();
          if (seen++ < given) continue;
          given++;
          yield record;
        }
        return true;
      } catch (thrown) {
        options.signal?.throwIfAborted();
        const reason = thrown instanceof Error ? thrown.message : String(thrown);
        const wait = WAITS[attempt];
        if (wait === undefined) {
          options.onSkip?.({ shard, reason: given > 0 ? `${reason} ${given} pictures of it were read.` : reason });
          return given > 0;
        }
        options.onRetry?.(shard, attempt + 1, reason);
        await unlessAborted(this.wait(wait), options.signal);
      }
    }
  }
}

interface Group {
  key: string;
  picture?: Uint8Array;
  label?: string;
  json?: string;
}

/** Groups neighbouring members by key; a group that is no labelled picture is told and passed over. */
async function* recordsOf(shard: string, stream: ReadableStream<Uint8Array>, onSkip: OpenOptions['onSkip']): AsyncGenerator<FaceRecord> {
  let group: Group | null = null;
  let broken: unknown = null;
  const skip = (member: string, reason: string) => onSkip?.({ shard, member, reason });
  const members = tarMembers(stream, (reason) => onSkip?.({ shard, reason }));
  try {
    for (;;) {
      const next = await members.next().catch((thrown: unknown) => {
        broken = thrown;
        return null;
      });
      if (!next || next.done) break;
      const { name, bytes } = next.value;
      const base = name.slice(name.lastIndexOf('/') + 1);
      const dot = base.indexOf('.');
      const [key, extension] = dot < 0 ? [base, ''] : [base.slice(0, dot), base.slice(dot + 1)];
      if (group && group.key !== key) {
        const record = recordOf(group, shard, skip);
        if (record) yield record;
        group = null;
      }
      group ??= { key };
      if (PICTURES.test(extension)) group.picture = bytes;
      else if (extension === 'cls') group.label = new TextDecoder().decode(bytes).trim();
      else if (extension === 'json') group.json = new TextDecoder().decode(bytes);
    }
  } finally {
    // A reader that leaves early closes the stream too.
    await members.return(undefined);
  }
  // What lay whole before a break is kept; only a group that the break cut in two is left out.
  const last = group && (!broken || isWhole(group)) ? recordOf(group, shard, skip) : null;
  if (last) yield last;
  if (broken) throw broken;
}

function isWhole({ picture, label }: Group): boolean {
  return picture !== undefined && label !== undefined;
}

/** Waits, or rejects as soon as the signal aborts. */
async function unlessAborted(waiting: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return waiting;
  signal.throwIfAborted();
  let stop!: () => void;
  const aborted = new Promise<void>((resolve) => (stop = resolve));
  signal.addEventListener('abort', stop, { once: true });
  await Promise.race([waiting, aborted]);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
}

function recordOf({ key, picture, label, json }: Group, shard: string, skip: (member: string, reason: string) => void): FaceRecord | null {
  if (!picture || label === undefined) {
    skip(key, picture ? 'it has no .cls' : 'it has no picture');
    return null;
  }
  if (!/^\d{1,8}$/.test(label)) {
    skip(`${key}.cls`, `its label is "${label.slice(0, 20)}"; a whole number was expected`);
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
