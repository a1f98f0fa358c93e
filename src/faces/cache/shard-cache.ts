import { messageOf, StudioError } from '../../core/studio-error';
import type { CacheFolder } from './cache-folder';
import { CacheIndex, type CacheUsage, type KeptShard } from './cache-index';
import { checkedStream } from './checked-stream';
import { PartialShard } from './partial-shard';
import type { ShardReading } from '../sources/webdataset/shard-opener';
import { encodeRecord, filesOf, largestRecord } from './shard-record';

/** What a {@link ShardCache} is opened with. */
export interface ShardCacheOptions {
  /** Largest sum of its files; 0 keeps nothing. */
  readonly quotaBytes: number;
  /** Milliseconds since the epoch; decides which shard was used last. */
  readonly now?: () => number;
  /** Called when a shard was kept or removed, and when the quota was changed. */
  readonly onChange?: (usage: CacheUsage) => void;
  /**
   * Told why shards can't be kept or found, once of each kind; they are read over the network then.
   */
  readonly onWarning?: (error: StudioError) => void;
}

/**
 * Shards kept in a folder, by absolute address, each a payload and a record. The payload is written
 * first and closed, then the record: a payload without one is what a crash left, and is removed
 * when the cache is opened. The least recently used is evicted before bytes are written, so that
 * the quota holds at any moment.
 *
 * Its failures are told, never thrown: a shard can always be had over the network. Two tabs may use
 * one folder: a file that the other writes is left alone, one that it removed is not found, and
 * each counts what it found at first and kept itself.
 */
export class ShardCache {
  readonly #index: CacheIndex;
  readonly #told = new Set<string>();
  /** Everything that changes the folder waits here for what came before. */
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
   * Reads what the folder keeps, and removes rubbish and what the quota has no room for. A folder
   * that can't be read is told of and counts as empty.
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
   * Evicts at once what is too much. A shard that is being read goes when its readers have; those
   * being kept are given up where nothing else helps.
   */
  async setQuota(bytes: number): Promise<void> {
    this.#index.quota = quotaOf(bytes);
    await this.#inTurn(async () => {
      await this.#index.shrink();
      for (const partial of this.#index.isTooFull ? this.#index.partials : [])
        await this.#index.discard(partial);
    }, undefined);
    this.options.onChange?.(this.usage());
  }

  /** Empties the folder. Who reads a shard goes on over the network. */
  async clear(): Promise<void> {
    await this.#inTurn(() => this.#index.empty(), undefined);
    this.options.onChange?.(this.usage());
  }

  /**
   * The kept shard of an address, held against eviction until it is released: by {@link release},
   * or by the end of its {@link stream}.
   */
  find(url: string): KeptShard | null {
    const kept = this.#index.kept(url);
    if (!kept || kept.isGone || this.#index.quota === 0) return null;
    kept.readers++;
    return kept;
  }

  /** Lets a found shard be evicted again. */
  async release(kept: KeptShard): Promise<void> {
    kept.readers--;
    if (this.#index.isTooFull) await this.#inTurn(() => this.#index.shrink(), undefined);
  }

  /** Removes a shard that is not, or no longer, what its server has. */
  async drop(kept: KeptShard): Promise<void> {
    kept.isGone = true;
    await this.#inTurn(() => this.#index.remove(kept), undefined);
  }

  /**
   * A found shard's bytes from `offset` on, each block checked before it is given; the end of them
   * releases it. Null, and it is released, where its payload can't be had; null and dropped where
   * that is missing or has another length.
   */
  async stream(
    kept: KeptShard,
    offset: number,
    signal: AbortSignal | undefined,
  ): Promise<ReadableStream<Uint8Array> | null> {
    const payload = await this.#tried(() => this.folder.open(kept.files.payload), undefined);
    if (payload?.size !== kept.record.length) {
      // Of a folder that can't be read nothing is known.
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
   * A shard to be kept as it comes, whose next bytes are those from `offset` on: a new one from 0,
   * or what was halted of the same reading where that reaches `offset`. Null where it can't be
   * kept: no room, another keeps it, an earlier part is missing.
   * @param reading after an answer, which told version and size
   */
  async begin(url: string, reading: ShardReading, offset: number): Promise<PartialShard | null> {
    const halted = this.#index.halted?.url === url ? this.#index.halted : null;
    if (halted?.reading === reading && offset <= halted.covered) {
      this.#index.halted = null;
      halted.announced = reading.total ?? halted.announced;
      return halted;
    }
    if (halted) await this.giveUp(halted);
    if (offset > 0 || !reading.version) return null;
    const { version, total } = reading;
    const files = await filesOf(url);
    return this.#inTurn(async () => {
      const needed = (total ?? 0) + largestRecord(url, version, total ?? 0);
      if (this.#index.has(url) || !(await this.#index.makeRoom(needed))) return null;
      // A record that another tab wrote must not vouch for what is written now.
      await this.folder.remove(files.record);
      const writer = await this.folder.create(files.payload);
      if (!writer) {
        this.#notify(
          'busy',
          new StudioError(
            'storage-denied',
            `Another tab is keeping ${url} at the moment.`,
            'It is read over the network here.',
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
   * Takes bytes that begin at `at` in the shard, of which some may have been taken before. They may
   * be reused when it resolves.
   */
  async add(partial: PartialShard, at: number, bytes: Uint8Array): Promise<void> {
    let rest = bytes.subarray(Math.min(partial.covered - at, bytes.length));
    while (rest.length > 0 && partial.isOpen) {
      rest = rest.subarray(partial.fill(rest));
      if (partial.blockIsFull) await this.#inTurn(() => this.#flush(partial), undefined, partial);
    }
  }

  /** Keeps a shard whose stream has ended. One of another length than was announced is given up. */
  async commit(partial: PartialShard): Promise<KeptShard | null> {
    return this.#inTurn(
      async () => {
        if (partial.isOpen && partial.covered !== (partial.announced ?? partial.covered))
          await this.#index.discard(partial);
        await this.#flush(partial);
        if (!partial.isOpen) return null;
        await partial.writer.close();
        const { url, files, hashes, covered: length } = partial;
        const [keptAt, version] = [this.#now(), { ...partial.version, size: length }];
        const record = { url, length, hashes, version, keptAt, usedAt: keptAt };
        await this.folder.write(files.record, encodeRecord(record));
        return this.#index.promote(partial, record);
      },
      null,
      partial,
    );
  }

  /**
   * Sets a shard aside whose stream broke off, for another try of its reading. The one set aside
   * before is given up.
   */
  async halt(partial: PartialShard): Promise<void> {
    if (!partial.isOpen) return;
    const before = this.#index.halted;
    this.#index.halted = partial;
    if (before) await this.giveUp(before);
  }

  /** Removes what has come of a shard. */
  async giveUp(partial: PartialShard): Promise<void> {
    // At once: whoever still adds to it stops.
    partial.isOpen = false;
    await this.#inTurn(() => this.#index.discard(partial), undefined);
  }

  async #flush(partial: PartialShard): Promise<void> {
    if (!partial.isOpen) return;
    const { url, version, covered, announced } = partial;
    const needed = Math.max(partial.reserved, covered + largestRecord(url, version, covered));
    const fits =
      covered <= (announced ?? covered) && (await this.#index.makeRoom(needed - partial.reserved));
    if (!fits) return this.#index.discard(partial);
    partial.reserved = needed;
    await partial.flush();
  }

  #now(): number {
    return Math.max(0, Math.round((this.options.now ?? Date.now)()));
  }

  /** Does what changes the folder, after what came before it; failures as with {@link #tried}. */
  #inTurn<T>(work: () => Promise<T>, otherwise: T, partial?: PartialShard): Promise<T> {
    const result = this.#queue.then(() => this.#tried(work, otherwise, partial));
    this.#queue = result;
    return result;
  }

  /** Where the work fails, that is told, `partial` is given up, and `otherwise` is the result. */
  async #tried<T>(work: () => Promise<T>, otherwise: T, partial?: PartialShard): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      const error =
        thrown instanceof StudioError
          ? thrown
          : new StudioError(
              'storage-denied',
              `Shards can't be kept (${messageOf(thrown)}).`,
              'They are read over the network.',
              { cause: thrown },
            );
      this.#notify(error.code, error);
      if (partial) await this.#tried(() => this.#index.discard(partial), undefined);
      return otherwise;
    }
  }

  #notify(kind: string, error: StudioError): void {
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    this.options.onWarning?.(error);
  }
}

const quotaOf = (bytes: number) => (bytes > 0 ? bytes : 0);
