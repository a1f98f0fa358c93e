import { BlobByteSource, HttpByteSource } from '../../formats/bytes/byte-source';
import { fingerprintByReading, fingerprintOfState } from '../../formats/bytes/content-fingerprint';
import { StudioError } from '../../core/studio-error';
import type { CachedShard } from './cache-index';
import type { PartialShard } from './partial-shard';
import type { ShardCache } from './shard-cache';
import {
  MAX_FINGERPRINT_BYTES,
  nullIfNoRanges,
  ShardChangedError,
  type HttpShardOpener,
  type ShardOpener,
  type ShardReading,
} from '../sources/webdataset/shard-opener';

/** Milliseconds that a server gets to confirm that a cached shard is still current. */
const MAX_REVALIDATION_WAIT = 3000;

/**
 * Opens shards at URLs. Each is read once over the network and from then on from a
 * {@link ShardCache}. Every opening first revalidates the cached shard with the server. If the
 * server can't be reached, doesn't answer in time or no longer has the shard, the cached one is
 * used, so an earlier run can be shown offline.
 *
 * Gzipped shards are cached compressed, as the server sends them.
 */
export class CachedShardOpener implements ShardOpener {
  /** The cached shard that each reading read or wrote. */
  readonly #shardOfReading = new WeakMap<ShardReading, CachedShard>();

  readonly isServed = true;

  /** @param maxRevalidationWait in milliseconds; injectable for tests */
  constructor(
    readonly http: HttpShardOpener,
    readonly cache: ShardCache,
    readonly maxRevalidationWait = MAX_REVALIDATION_WAIT,
  ) {}

  async open(
    shard: string,
    signal: AbortSignal | undefined,
    offset = 0,
    reading: ShardReading = {},
  ): Promise<ReadableStream<Uint8Array>> {
    const url = new URL(shard, this.http.base).href;
    const usedBefore = this.#shardOfReading.get(reading);
    // This is a retry: the reader could not use the cached shard, and a second try would not help.
    if (usedBefore) await this.cache.drop(usedBefore);
    const kept = reading.version ? null : this.cache.find(url);
    const stream = kept && (await this.#openCached(kept, shard, signal, offset, reading));
    return stream ?? this.#openAndCache(url, shard, signal, offset, reading);
  }

  /** The fingerprint of the server's file, or of the cached one if the server can't be reached. */
  async fingerprint(shard: string, maxBytes: number, signal?: AbortSignal): Promise<string> {
    const kept = this.cache.find(new URL(shard, this.http.base).href);
    if (!kept) return this.http.fingerprint(shard, maxBytes, signal);
    try {
      return await this.#withinWait(signal, (limited) =>
        this.http.fingerprint(shard, maxBytes, limited),
      );
    } catch (thrown) {
      signal?.throwIfAborted();
      const fingerprint = await this.#cachedFingerprint(kept, maxBytes);
      if (fingerprint === null) throw thrown;
      return fingerprint;
    } finally {
      await this.cache.release(kept);
    }
  }

  /**
   * The fingerprint that the server's file has if it equals the cached one. Null if the payload is
   * missing.
   */
  async #cachedFingerprint(
    { record, files }: CachedShard,
    maxBytes: number,
  ): Promise<string | null> {
    const { url, version, length } = record;
    const validator = version.etag ?? version.modified;
    if (validator !== undefined) return fingerprintOfState({ name: url, size: length, validator });
    const payload = await this.cache.folder.open(files.payload);
    // A slice is not a File: a File's modification time would be that of caching.
    const bytes = payload && new BlobByteSource(url, payload.slice());
    return bytes && fingerprintByReading(bytes, Math.min(maxBytes, MAX_FINGERPRINT_BYTES));
  }

  /** Runs requests with a signal that also aborts after {@link maxRevalidationWait}. */
  async #withinWait<T>(
    signal: AbortSignal | undefined,
    request: (limited: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), this.maxRevalidationWait);
    try {
      return await request(signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Streams the cached shard; null if it is outdated or unreadable. */
  async #openCached(
    kept: CachedShard,
    shard: string,
    signal: AbortSignal | undefined,
    offset: number,
    reading: ShardReading,
  ): Promise<ReadableStream<Uint8Array> | null> {
    let isCurrent: boolean;
    try {
      isCurrent =
        (await this.#hasSameVersion(kept, shard, signal)) &&
        (await this.#hasSameContents(kept, signal));
    } catch (thrown) {
      await this.cache.release(kept);
      throw thrown;
    }
    if (!isCurrent) {
      await this.cache.drop(kept);
      await this.cache.release(kept);
      return null;
    }
    const stream = await this.cache.stream(kept, offset, signal);
    if (!stream) return null;
    // If the cached bytes turn out damaged, the rest must come from the same version of the file.
    reading.version = kept.record.version;
    this.#shardOfReading.set(reading, kept);
    return stream;
  }

  /**
   * For servers that send neither an ETag nor a date: compares fingerprints of the contents, which
   * is the only way to notice a replacement of the same size. True unless they differ.
   */
  async #hasSameContents(kept: CachedShard, signal: AbortSignal | undefined): Promise<boolean> {
    const { url, version } = kept.record;
    if (version.etag !== undefined || version.modified !== undefined) return true;
    try {
      const served = await HttpByteSource.open(url, signal).catch(nullIfNoRanges);
      if (!served) return true;
      const cached = await this.#cachedFingerprint(kept, MAX_FINGERPRINT_BYTES);
      if (cached === null) return true;
      return cached === (await fingerprintByReading(served, MAX_FINGERPRINT_BYTES, signal));
    } catch (thrown) {
      signal?.throwIfAborted();
      if (thrown instanceof StudioError && thrown.code === 'network') return true;
      throw thrown;
    }
  }

  /** Compares version and size with the server's. True unless they differ, also if it is down. */
  async #hasSameVersion(
    { record: { version, length } }: CachedShard,
    shard: string,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    return this.#withinWait(signal, async (limited) => {
      // The last byte is the cheapest request. If the file became shorter that request fails, which
      // tells nothing; then the whole file is requested.
      for (const offset of new Set([Math.max(length - 1, 0), 0])) {
        const probe: ShardReading = { version };
        try {
          const stream = await this.http.open(shard, limited, offset, probe);
          // Not awaited: the contents are not needed.
          void stream.cancel().catch(() => undefined);
          return (probe.total ?? length) === length;
        } catch (thrown) {
          signal?.throwIfAborted();
          if (thrown instanceof ShardChangedError) return false;
        }
      }
      return true;
    });
  }

  async #openAndCache(
    url: string,
    shard: string,
    signal: AbortSignal | undefined,
    offset: number,
    reading: ShardReading,
  ): Promise<ReadableStream<Uint8Array>> {
    const stream = await this.http.open(shard, signal, offset, reading);
    const partial = await this.cache.begin(url, reading, offset);
    return partial ? this.#cached(stream, partial, offset, signal) : stream;
  }

  /**
   * Passes the stream on, writing each chunk to the cache first. A disk slower than the network
   * therefore slows the reader down instead of filling memory.
   */
  #cached(
    stream: ReadableStream<Uint8Array>,
    partial: PartialShard,
    offset: number,
    signal: AbortSignal | undefined,
  ): ReadableStream<Uint8Array> {
    const { cache } = this;
    const reader = stream.getReader();
    let at = offset;
    const abandon = () => cache.abandon(partial);
    const onAbort = () => void abandon();
    // An aborted reader may never pull again.
    signal?.addEventListener('abort', onAbort);
    const end = () => signal?.removeEventListener('abort', onAbort);
    return new ReadableStream(
      {
        pull: async (controller) => {
          try {
            const { done, value } = await reader.read();
            if (done) {
              end();
              const kept = await cache.commit(partial);
              if (kept) this.#shardOfReading.set(partial.reading, kept);
              controller.close();
              return;
            }
            await cache.add(partial, at, value);
            at += value.length;
            controller.enqueue(value);
          } catch (thrown) {
            end();
            await (signal?.aborted ? abandon() : cache.suspend(partial));
            throw thrown;
          }
        },
        cancel: async (reason) => {
          end();
          // Before cancelling the reader, whose end would otherwise look like the end of the shard.
          const abandoned = abandon();
          await reader.cancel(reason);
          await abandoned;
        },
      },
      { highWaterMark: 0 },
    );
  }
}
