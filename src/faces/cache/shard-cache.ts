import { messageOf, StudioError } from '../../core/studio-error';
import type { CacheFolder } from './cache-folder';
import { CacheIndex, type CacheUsage, type CachedShard } from './cache-index';
import { checkedStream } from './checked-stream';
import { PartialShard } from './partial-shard';
import type { ShardReading } from '../sources/webdataset/shard-opener';
import { encodeRecord, filesOf, maxRecordBytes } from './shard-record';

/** Options of {@link ShardCache.open}. */
export interface ShardCacheOptions {
  /** Upper bound for the sum of its files; 0 turns caching off. */
  readonly quotaBytes: number;
  /** Current time in milliseconds since the epoch, used for the eviction order. */
  readonly now?: () => number;
  /** Called after a shard was added or removed, and after the quota was changed. */
  readonly onChange?: (usage: CacheUsage) => void;
  /**
   * Called when shards can't be written or read, once per kind of error. They are then read over
   * the network.
   */
  readonly onWarning?: (error: StudioError) => void;
}

/**
 * An LRU cache of shards in a folder, keyed by absolute URL. Each shard is a payload file and a
 * record file. The payload is written and closed first, then the record: a payload without a record
 * is left over from a crash, and is removed when the cache is opened. Eviction happens before bytes
 * are written, so the quota holds at any moment.
 *
 * Failures are reported through `onWarning` and never thrown, since a shard can always be read over
 * the network. Two tabs may share one folder: files that the other tab is writing are left alone,
 * files that it removed count as missing, and each tab's usage covers only the files that it found
 * when it opened the cache or wrote itself.
 */
export class ShardCache {
  readonly #index: CacheIndex;
  /** Kinds of warnings that were reported. */
  readonly #reported = new Set<string>();
  /** Runs all changes of the folder one after another. */
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly folder: CacheFolder,
    readonly options: ShardCacheOptions,
  ) {
    this.#index = new CacheIndex(folder, quotaOf(options.quotaBytes), () =>
      options.onChange?.(this.usage()),
    );
  }

  /**
   * Reads the folder. Removes leftover files, and shards beyond the quota. A folder that can't be
   * read is reported and treated as empty.
   */
  static async open(folder: CacheFolder, options: ShardCacheOptions): Promise<ShardCache> {
    const cache = new ShardCache(folder, options);
    await cache.#inTurn(() => cache.#index.load(), undefined);
    return cache;
  }

  usage(): CacheUsage {
    return this.#index.usage();
  }

  /**
   * Changes the quota and evicts what exceeds it. A shard that is being read is evicted once its
   * readers have finished. Partial shards are discarded only if that is not enough.
   */
  async setQuota(bytes: number): Promise<void> {
    this.#index.quota = quotaOf(bytes);
    await this.#inTurn(async () => {
      await this.#index.shrink();
      if (!this.#index.isTooFull) return;
      for (const partial of this.#index.partials) await this.#index.discard(partial);
    }, undefined);
    this.options.onChange?.(this.usage());
  }

  /** Empties the folder. Active readers continue over the network. */
  async clear(): Promise<void> {
    await this.#inTurn(() => this.#index.empty(), undefined);
    this.options.onChange?.(this.usage());
  }

  /**
   * Finds the cached shard of a URL. It can't be evicted until it is released, by {@link release}
   * or by the end of its {@link stream}.
   */
  find(url: string): CachedShard | null {
    const kept = this.#index.kept(url);
    if (!kept || kept.isInvalid || this.#index.quota === 0) return null;
    kept.readers++;
    return kept;
  }

  /** Allows a shard returned by {@link find} to be evicted again. */
  async release(kept: CachedShard): Promise<void> {
    kept.readers--;
    if (this.#index.isTooFull) await this.#inTurn(() => this.#index.shrink(), undefined);
  }

  /** Removes a shard that is damaged or differs from the server's. */
  async drop(kept: CachedShard): Promise<void> {
    kept.isInvalid = true;
    await this.#inTurn(() => this.#index.remove(kept), undefined);
  }

  /**
   * Streams a shard returned by {@link find} from `offset` on, verifying each block. The end of the
   * stream releases the shard. Returns null, and releases the shard, if the payload can't be
   * opened; also drops the shard if the payload is missing or has another length.
   */
  async stream(
    kept: CachedShard,
    offset: number,
    signal: AbortSignal | undefined,
  ): Promise<ReadableStream<Uint8Array> | null> {
    const payload = await this.#tried(() => this.folder.open(kept.files.payload), undefined);
    if (payload?.size !== kept.record.length) {
      // Undefined: the folder can't be read, so the payload may still be intact.
      if (payload !== undefined) await this.drop(kept);
      await this.release(kept);
      return null;
    }
    kept.record = { ...kept.record, usedAt: this.#now() };
    await this.#inTurn(async () => {
      if (this.#index.kept(kept.record.url) === kept)
        await this.folder.write(kept.files.record, encodeRecord(kept.record));
    }, undefined);
    return checkedStream(payload, kept.record, offset, {
      signal,
      onDamage: () => this.drop(kept),
      onEnd: () => this.release(kept),
    });
  }

  /**
   * Starts writing a shard whose next bytes begin at `offset`: a new one at 0, or the suspended one
   * if it belongs to the same reading and reaches up to `offset`. Returns null if the shard can't
   * be cached: no space, already being written, or its earlier bytes are missing.
   * @param reading state after the server's response, which set version and size
   */
  async begin(url: string, reading: ShardReading, offset: number): Promise<PartialShard | null> {
    const interrupted = this.#index.interrupted?.url === url ? this.#index.interrupted : null;
    if (interrupted?.reading === reading && offset <= interrupted.covered) {
      this.#index.interrupted = null;
      interrupted.announced = reading.total ?? interrupted.announced;
      return interrupted;
    }
    if (interrupted) await this.abandon(interrupted);
    if (offset > 0 || !reading.version) return null;
    const { version, total } = reading;
    const files = await filesOf(url);
    return this.#inTurn(async () => {
      const needed = (total ?? 0) + maxRecordBytes(url, version, total ?? 0);
      if (this.#index.has(url) || !(await this.#index.makeRoom(needed))) return null;
      // Another tab may have written a record, which must not match the new payload.
      await this.folder.remove(files.record);
      const writer = await this.folder.create(files.payload);
      if (!writer) {
        this.#notify(
          'busy',
          new StudioError(
            'storage-denied',
            `Another tab is caching ${url} at the moment.`,
            'This tab reads it over the network.',
          ),
        );
        return null;
      }
      const partial = new PartialShard(url, files, writer, reading, version, total);
      this.#index.put(partial, needed);
      return partial;
    }, null);
  }

  /**
   * Adds bytes that begin at position `at` of the shard; those already received are skipped. The
   * caller may reuse the buffer when this resolves.
   */
  async add(partial: PartialShard, at: number, bytes: Uint8Array): Promise<void> {
    let rest = bytes.subarray(Math.min(partial.covered - at, bytes.length));
    while (rest.length > 0 && partial.isOpen) {
      rest = rest.subarray(partial.fill(rest));
      if (partial.blockIsFull) await this.#inTurn(() => this.#flush(partial), undefined, partial);
    }
  }

  /**
   * Completes a shard whose stream has ended. Discards it if its length differs from the announced
   * one.
   */
  async commit(partial: PartialShard): Promise<CachedShard | null> {
    return this.#inTurn(
      async () => {
        if (partial.isOpen && partial.covered !== (partial.announced ?? partial.covered))
          await this.#index.discard(partial);
        await this.#flush(partial);
        if (!partial.isOpen) return null;
        await partial.writer.close();
        const { url, files, hashes, covered: length } = partial;
        const keptAt = this.#now();
        const version = { ...partial.version, size: length };
        const record = { url, length, hashes, version, keptAt, usedAt: keptAt };
        await this.folder.write(files.record, encodeRecord(record));
        return this.#index.promote(partial, record);
      },
      null,
      partial,
    );
  }

  /**
   * Suspends a shard whose stream broke off, so that a retry of the same reading can resume it. A
   * shard that was suspended earlier is abandoned.
   */
  async suspend(partial: PartialShard): Promise<void> {
    if (!partial.isOpen) return;
    const before = this.#index.interrupted;
    this.#index.interrupted = partial;
    if (before) await this.abandon(before);
  }

  /** Stops writing a shard and removes its files. */
  async abandon(partial: PartialShard): Promise<void> {
    // Set before queueing, so that pending calls of add stop early.
    partial.isOpen = false;
    await this.#inTurn(() => this.#index.discard(partial), undefined);
  }

  async #flush(partial: PartialShard): Promise<void> {
    if (!partial.isOpen) return;
    const { url, version, covered, announced } = partial;
    const needed = Math.max(partial.reserved, covered + maxRecordBytes(url, version, covered));
    const fits =
      covered <= (announced ?? covered) && (await this.#index.makeRoom(needed - partial.reserved));
    if (!fits) return this.#index.discard(partial);
    partial.reserved = needed;
    await partial.flush();
  }

  #now(): number {
    return Math.max(0, Math.round((this.options.now ?? Date.now)()));
  }

  /** Queues a change of the folder behind earlier ones. Handles failures as {@link #tried} does. */
  #inTurn<T>(work: () => Promise<T>, otherwise: T, partial?: PartialShard): Promise<T> {
    const result = this.#queue.then(() => this.#tried(work, otherwise, partial));
    this.#queue = result;
    return result;
  }

  /** On failure: reports the error, discards `partial`, and returns `otherwise`. */
  async #tried<T>(work: () => Promise<T>, otherwise: T, partial?: PartialShard): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      const error =
        thrown instanceof StudioError
          ? thrown
          : new StudioError(
              'storage-denied',
              `Shards can't be cached (${messageOf(thrown)}).`,
              'They are read over the network.',
              { cause: thrown },
            );
      this.#notify(error.code, error);
      if (partial) await this.#tried(() => this.#index.discard(partial), undefined);
      return otherwise;
    }
  }

  #notify(kind: string, error: StudioError): void {
    if (this.#reported.has(kind)) return;
    this.#reported.add(kind);
    this.options.onWarning?.(error);
  }
}

const quotaOf = (bytes: number) => (bytes > 0 ? bytes : 0);
