import type { CacheFolder } from './cache-folder';
import type { PartialShard } from './partial-shard';
import {
  filesOf,
  maxRecordBytes,
  MAX_RECORD_BYTES,
  parseRecord,
  RECORD_ENDING,
  type ShardFiles,
  type ShardRecord,
} from './shard-record';

/** How full a cache is. */
export interface CacheUsage {
  /**
   * Size of cached and partial shards, including their records and reserved space. It exceeds the
   * quota only while a lowered quota waits for readers to finish.
   */
  readonly bytes: number;
  /** Number of complete shards. */
  readonly shards: number;
  readonly quotaBytes: number;
}

/** A complete shard in the folder. */
export interface CachedShard {
  readonly files: ShardFiles;
  record: ShardRecord;
  /** Upper bound for both files: a record may grow by a digit when it is rewritten. */
  readonly bytes: number;
  /** Number of active readers; above 0 the shard is not evicted. */
  readers: number;
  /** Damaged, or replaced on the server: to be removed. */
  isInvalid: boolean;
}

/**
 * Tracks a cache folder's contents and its quota. The caller runs its asynchronous methods one at a
 * time; they throw what the folder throws.
 */
export class CacheIndex {
  readonly #kept = new Map<string, CachedShard>();
  readonly #partials = new Map<string, PartialShard>();
  /** A download that broke off and may be resumed. At most one: each holds a block in memory. */
  interrupted: PartialShard | null = null;

  /** @param changed called after a shard was added or removed */
  constructor(
    readonly folder: CacheFolder,
    public quota: number,
    readonly changed: () => void,
  ) {}

  usage(): CacheUsage {
    const shards = [...this.#kept.values()].filter(({ isInvalid }) => !isInvalid).length;
    return { bytes: this.#total, shards, quotaBytes: this.quota };
  }

  /** The complete shard of a URL, even one that is about to be removed. */
  kept(url: string): CachedShard | undefined {
    return this.#kept.get(url);
  }

  /** Shards still being written, including the interrupted one. */
  get partials(): PartialShard[] {
    return [...this.#partials.values()];
  }

  has(url: string): boolean {
    return this.#kept.has(url) || this.#partials.has(url);
  }

  get isTooFull(): boolean {
    return this.#total > this.quota;
  }

  /** Reads the records. Removes leftover files, and shards beyond the quota. */
  async load(): Promise<void> {
    const sizes = new Map((await this.folder.list()).map(({ name, size }) => [name, size]));
    for (const [name, size] of [...sizes]) {
      if (!name.endsWith(RECORD_ENDING) || size > MAX_RECORD_BYTES) continue;
      const record = parseRecord((await (await this.folder.open(name))?.text()) ?? '');
      if (!record) continue;
      const files = await filesOf(record.url);
      if (files.record !== name || sizes.get(files.payload) !== record.length) continue;
      this.#kept.set(record.url, cachedShard(files, record));
      for (const found of [files.record, files.payload]) sizes.delete(found);
    }
    for (const leftover of sizes.keys()) await this.folder.remove(leftover);
    await this.shrink();
  }

  /** Adds a shard that is being written, once its space has been freed. */
  put(partial: PartialShard, reserved: number): void {
    partial.reserved = reserved;
    this.#partials.set(partial.url, partial);
  }

  /** Turns a partial shard into a complete one, after its record has been written. */
  promote(partial: PartialShard, record: ShardRecord): CachedShard {
    const kept = cachedShard(partial.files, record);
    partial.isOpen = false;
    this.#partials.delete(partial.url);
    this.#kept.set(partial.url, kept);
    this.changed();
    return kept;
  }

  /**
   * Evicts shards until `bytes` more fit. Returns false, and evicts nothing, if that is impossible.
   */
  async makeRoom(bytes: number): Promise<boolean> {
    if (bytes <= 0) return true;
    const spare = this.#evictable().reduce(
      (sum, kept) => sum + kept.bytes,
      this.interrupted?.reserved ?? 0,
    );
    if (this.#total - spare + bytes > this.quota) return false;
    await this.shrink(bytes);
    // A shard that was counted as evictable may have been opened meanwhile.
    return this.#total + bytes <= this.quota;
  }

  /**
   * Evicts shards, least recently used first, until `freeBytes` of the quota are free or nothing
   * evictable is left.
   */
  async shrink(freeBytes = 0): Promise<void> {
    const maxBytes = this.quota - freeBytes;
    // An interrupted download is of no use to any reader yet, so it goes first.
    if (this.#total > maxBytes && this.interrupted) await this.discard(this.interrupted);
    while (this.#total > maxBytes) {
      const [first] = this.#evictable().sort(
        (a, b) => Number(b.isInvalid) - Number(a.isInvalid) || a.record.usedAt - b.record.usedAt,
      );
      if (!first) return;
      await this.remove(first);
    }
  }

  /**
   * Removes a complete shard. The record goes first, so that a crash in between leaves only an
   * orphaned payload, which the next {@link load} removes. It counts as used space until both files
   * are removed.
   */
  async remove(kept: CachedShard): Promise<void> {
    const { url } = kept.record;
    if (this.#kept.get(url) !== kept) return;
    kept.isInvalid = true;
    try {
      await this.folder.remove(kept.files.record);
      await this.folder.remove(kept.files.payload);
    } finally {
      this.#kept.delete(url);
      this.changed();
    }
  }

  /** Stops writing a partial shard and removes its files. */
  async discard(partial: PartialShard): Promise<void> {
    partial.isOpen = false;
    if (this.interrupted === partial) this.interrupted = null;
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

  /** Removes everything, even shards that are being read or written. */
  async empty(): Promise<void> {
    for (const partial of this.partials) await this.discard(partial);
    for (const kept of [...this.#kept.values()]) await this.remove(kept);
    for (const { name } of await this.folder.list()) await this.folder.remove(name);
  }

  #evictable(): CachedShard[] {
    return [...this.#kept.values()].filter(({ readers, isInvalid }) => readers === 0 || isInvalid);
  }

  get #total(): number {
    let sum = 0;
    for (const { bytes } of this.#kept.values()) sum += bytes;
    for (const { reserved } of this.#partials.values()) sum += reserved;
    return sum;
  }
}

function cachedShard(files: ShardFiles, record: ShardRecord): CachedShard {
  const { url, version, length } = record;
  return {
    files,
    record,
    bytes: length + maxRecordBytes(url, version, length),
    readers: 0,
    isInvalid: false,
  };
}
