import type { CacheFolder } from './cache-folder';
import type { PartialShard } from './partial-shard';
import {
  filesOf,
  largestRecord,
  MAX_RECORD,
  parseRecord,
  RECORD_ENDING,
  type ShardFiles,
  type ShardRecord,
} from './shard-record';

/** How full a cache is. */
export interface CacheUsage {
  /**
   * Of kept shards and of those being kept, their records and what is held for them included. Above
   * the quota only while a smaller one waits for readers.
   */
  readonly bytes: number;
  /** Whole ones. */
  readonly shards: number;
  readonly quotaBytes: number;
}

/** A whole shard that lies in the folder. */
export interface KeptShard {
  readonly files: ShardFiles;
  record: ShardRecord;
  /** Of both files at most: a record grows by a digit now and then. */
  readonly bytes: number;
  /** How many read it now; while there are any, it is not evicted. */
  readers: number;
  /** To be removed: damaged, or the server has another. */
  isGone: boolean;
}

/**
 * What lies in a cache's folder, and the room in it. Its asynchronous methods are called one after
 * another; they throw what the folder throws.
 */
export class CacheIndex {
  readonly #kept = new Map<string, KeptShard>();
  readonly #partials = new Map<string, PartialShard>();
  /** Broke off, and may be gone on with. One at most, for each holds a block in memory. */
  halted: PartialShard | null = null;

  /** @param changed called when a shard was put or removed */
  constructor(
    readonly folder: CacheFolder,
    public quota: number,
    readonly changed: () => void,
  ) {}

  usage(): CacheUsage {
    const shards = [...this.#kept.values()].filter(({ isGone }) => !isGone).length;
    return { bytes: this.#total, shards, quotaBytes: this.quota };
  }

  /** The whole shard of an address, one that is to be removed included. */
  kept(url: string): KeptShard | undefined {
    return this.#kept.get(url);
  }

  /** The shards being kept, the halted one included. */
  get partials(): PartialShard[] {
    return [...this.#partials.values()];
  }

  has(url: string): boolean {
    return this.#kept.has(url) || this.#partials.has(url);
  }

  get isTooFull(): boolean {
    return this.#total > this.quota;
  }

  /** Reads the records, and removes rubbish and what the quota has no room for. */
  async load(): Promise<void> {
    const sizes = new Map((await this.folder.list()).map(({ name, size }) => [name, size]));
    for (const [name, size] of [...sizes]) {
      if (!name.endsWith(RECORD_ENDING) || size > MAX_RECORD) continue;
      const record = parseRecord((await (await this.folder.open(name))?.text()) ?? '');
      if (!record) continue;
      const files = await filesOf(record.url);
      if (files.record !== name || sizes.get(files.payload) !== record.length) continue;
      this.#kept.set(record.url, newlyKept(files, record));
      for (const found of [files.record, files.payload]) sizes.delete(found);
    }
    for (const rubbish of sizes.keys()) await this.folder.remove(rubbish);
    await this.shrink();
  }

  /** A shard that begins to be kept; its room was made. */
  put(partial: PartialShard, reserved: number): void {
    partial.reserved = reserved;
    this.#partials.set(partial.url, partial);
  }

  /** A shard that is whole now, its record written. */
  promote(partial: PartialShard, record: ShardRecord): KeptShard {
    const kept = newlyKept(partial.files, record);
    partial.isOpen = false;
    this.#partials.delete(partial.url);
    this.#kept.set(partial.url, kept);
    this.changed();
    return kept;
  }

  /**
   * Evicts until there is room for `bytes` more; false, and nothing evicted, where that can't be.
   */
  async makeRoom(bytes: number): Promise<boolean> {
    if (bytes <= 0) return true;
    const spare = this.#evictable().reduce(
      (sum, kept) => sum + kept.bytes,
      this.halted?.reserved ?? 0,
    );
    if (this.#total - spare + bytes > this.quota) return false;
    await this.shrink(bytes);
    // One that was counted on may have been opened meanwhile.
    return this.#total + bytes <= this.quota;
  }

  /**
   * Evicts, the least recently used first, until `room` bytes of the quota are free or nothing is
   * left that may go.
   */
  async shrink(room = 0): Promise<void> {
    const most = this.quota - room;
    // What broke off serves nobody yet.
    if (this.#total > most && this.halted) await this.discard(this.halted);
    while (this.#total > most) {
      const [first] = this.#evictable().sort(
        (a, b) => Number(b.isGone) - Number(a.isGone) || a.record.usedAt - b.record.usedAt,
      );
      if (!first) return;
      await this.remove(first);
    }
  }

  /**
   * Removes a whole shard: its record first, so that what a crash leaves is rubbish. It counts
   * until both files are gone.
   */
  async remove(kept: KeptShard): Promise<void> {
    const { url } = kept.record;
    if (this.#kept.get(url) !== kept) return;
    kept.isGone = true;
    try {
      await this.folder.remove(kept.files.record);
      await this.folder.remove(kept.files.payload);
    } finally {
      this.#kept.delete(url);
      this.changed();
    }
  }

  /** Removes what has come of a shard. */
  async discard(partial: PartialShard): Promise<void> {
    partial.isOpen = false;
    if (this.halted === partial) this.halted = null;
    if (this.#partials.get(partial.url) !== partial) return;
    try {
      await partial.writer.abort();
      await this.folder.remove(partial.files.record);
      await this.folder.remove(partial.files.payload);
    } finally {
      this.#partials.delete(partial.url);
      this.changed();
    }
  }

  /** Removes everything, whoever reads or keeps it. */
  async empty(): Promise<void> {
    for (const partial of this.partials) await this.discard(partial);
    for (const kept of [...this.#kept.values()]) await this.remove(kept);
    for (const { name } of await this.folder.list()) await this.folder.remove(name);
  }

  #evictable(): KeptShard[] {
    return [...this.#kept.values()].filter(({ readers, isGone }) => readers === 0 || isGone);
  }

  get #total(): number {
    let sum = 0;
    for (const { bytes } of this.#kept.values()) sum += bytes;
    for (const { reserved } of this.#partials.values()) sum += reserved;
    return sum;
  }
}

function newlyKept(files: ShardFiles, record: ShardRecord): KeptShard {
  const { url, version, length } = record;
  return {
    files,
    record,
    bytes: length + largestRecord(url, version, length),
    readers: 0,
    isGone: false,
  };
}
