import { BlobByteSource, HttpByteSource } from '../../formats/bytes/byte-source';
import { fingerprintByReading, fingerprintOfState } from '../../formats/bytes/content-fingerprint';
import { StudioError } from '../../core/studio-error';
import type { KeptShard } from './cache-index';
import type { PartialShard } from './partial-shard';
import type { ShardCache } from './shard-cache';
import {
  MAX_READ_OVER_HTTP,
  noPartsOrThrow,
  ShardChangedError,
  type HttpShardOpener,
  type ShardOpener,
  type ShardReading,
} from '../sources/webdataset/shard-opener';

/** How long a server may take to say that a kept shard is still the same, in milliseconds. */
const MAX_REVALIDATION_WAIT = 3000;

/**
 * Shards at URLs, read once over the network and from then on out of a {@link ShardCache}. What it
 * gives is what the server has: each opening asks first whether the shard is still the same. Where
 * the server can't be reached, doesn't answer in time, or has no shard to give any more, the kept
 * one is used: a run once made can be shown without a network.
 *
 * Packed shards are kept as they come.
 */
export class CachedShardOpener implements ShardOpener {
  /** What each reading was given out of the cache, or put there. */
  readonly #given = new WeakMap<ShardReading, KeptShard>();

  /** @param longestAsking injectable for tests */
  readonly isServed = true;

  constructor(
    readonly http: HttpShardOpener,
    readonly cache: ShardCache,
    readonly longestAsking = MAX_REVALIDATION_WAIT,
  ) {}

  async open(
    shard: string,
    signal: AbortSignal | undefined,
    offset = 0,
    reading: ShardReading = {},
  ): Promise<ReadableStream<Uint8Array>> {
    const url = new URL(shard, this.http.base).href;
    const given = this.#given.get(reading);
    // Another try of a reading had no use for what was kept, and would have none again.
    if (given) await this.cache.drop(given);
    const kept = reading.version ? null : this.cache.find(url);
    const stream = kept && (await this.#openKept(kept, shard, signal, offset, reading));
    return stream ?? this.#openAndKeep(url, shard, signal, offset, reading);
  }

  /** What the server's file is known by; where the server can't be asked, what the kept one is. */
  async fingerprint(shard: string, most: number, signal?: AbortSignal): Promise<string> {
    const kept = this.cache.find(new URL(shard, this.http.base).href);
    if (!kept) return this.http.fingerprint(shard, most, signal);
    try {
      return await this.#inTime(signal, (soon) => this.http.fingerprint(shard, most, soon));
    } catch (thrown) {
      signal?.throwIfAborted();
      const fingerprint = await this.#fingerprintOfKept(kept, most);
      if (fingerprint === null) throw thrown;
      return fingerprint;
    } finally {
      await this.cache.release(kept);
    }
  }

  /** As the server's file would have it, were it the same; null where the payload is gone. */
  async #fingerprintOfKept({ record, files }: KeptShard, most: number): Promise<string | null> {
    const { url, version, length } = record;
    const validator = version.etag ?? version.modified;
    if (validator !== undefined) return fingerprintOfState({ name: url, size: length, validator });
    const payload = await this.cache.folder.open(files.payload);
    // A part is no File, whose time of change would be that of the keeping.
    const bytes = payload && new BlobByteSource(url, payload.slice());
    return bytes && fingerprintByReading(bytes, Math.min(most, MAX_READ_OVER_HTTP));
  }

  /** Asks the server, for as long as it is given. */
  async #inTime<T>(
    signal: AbortSignal | undefined,
    ask: (soon: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), this.longestAsking);
    try {
      return await ask(signal ? AbortSignal.any([signal, late.signal]) : late.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The kept shard, or null where it is of no use. */
  async #openKept(
    kept: KeptShard,
    shard: string,
    signal: AbortSignal | undefined,
    offset: number,
    reading: ShardReading,
  ): Promise<ReadableStream<Uint8Array> | null> {
    let isSame: boolean;
    try {
      isSame = await this.#isSame(kept, shard, signal);
      isSame &&= await this.#isVouchedFor(kept, signal);
    } catch (thrown) {
      await this.cache.release(kept);
      throw thrown;
    }
    if (!isSame) {
      await this.cache.drop(kept);
      await this.cache.release(kept);
      return null;
    }
    const stream = await this.cache.stream(kept, offset, signal);
    if (!stream) return null;
    // What follows over the network after damage has to be of the same state of the file.
    reading.version = kept.record.version;
    this.#given.set(reading, kept);
    return stream;
  }

  /**
   * Whether the server vouches for what it has, or that is the same where one looks; true unless it
   * says otherwise. A file that was replaced by one of the same size shows in no other way.
   */
  async #isVouchedFor(kept: KeptShard, signal: AbortSignal | undefined): Promise<boolean> {
    const { url, version } = kept.record;
    if (version.etag !== undefined || version.modified !== undefined) return true;
    try {
      const served = await HttpByteSource.open(url, signal).catch(noPartsOrThrow);
      if (!served) return true;
      const ours = await this.#fingerprintOfKept(kept, MAX_READ_OVER_HTTP);
      return (
        ours === null || ours === (await fingerprintByReading(served, MAX_READ_OVER_HTTP, signal))
      );
    } catch (thrown) {
      signal?.throwIfAborted();
      if (thrown instanceof StudioError && thrown.code === 'network') return true;
      throw thrown;
    }
  }

  /** Asks the server; true unless it says otherwise. */
  async #isSame(
    { record: { version, length } }: KeptShard,
    shard: string,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), this.longestAsking);
    // The last byte is the cheapest to ask for. A file that became shorter has none there, which is
    // no answer: then for all of it.
    try {
      for (const offset of new Set([Math.max(length - 1, 0), 0])) {
        const asking: ShardReading = { version };
        try {
          const stream = await this.http.open(
            shard,
            signal ? AbortSignal.any([signal, late.signal]) : late.signal,
            offset,
            asking,
          );
          // Not waited for: nothing of it is wanted.
          void stream.cancel().catch(() => undefined);
          return (asking.total ?? length) === length;
        } catch (thrown) {
          signal?.throwIfAborted();
          if (thrown instanceof ShardChangedError) return false;
        }
      }
      return true;
    } finally {
      clearTimeout(timer);
    }
  }

  async #openAndKeep(
    url: string,
    shard: string,
    signal: AbortSignal | undefined,
    offset: number,
    reading: ShardReading,
  ): Promise<ReadableStream<Uint8Array>> {
    const stream = await this.http.open(shard, signal, offset, reading);
    const partial = await this.cache.begin(url, reading, offset);
    return partial ? this.#keeping(stream, partial, offset, signal) : stream;
  }

  /**
   * The stream as it is, each chunk kept before it is passed on: a disk slower than the network
   * slows the reader, and fills no memory.
   */
  #keeping(
    stream: ReadableStream<Uint8Array>,
    partial: PartialShard,
    offset: number,
    signal: AbortSignal | undefined,
  ): ReadableStream<Uint8Array> {
    const { cache } = this;
    const reader = stream.getReader();
    let at = offset;
    const giveUp = () => cache.giveUp(partial);
    const onAbort = () => void giveUp();
    // A reader that was stopped may never ask again.
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
              if (kept) this.#given.set(partial.reading, kept);
              controller.close();
              return;
            }
            await cache.add(partial, at, value);
            at += value.length;
            controller.enqueue(value);
          } catch (thrown) {
            end();
            await (signal?.aborted ? giveUp() : cache.halt(partial));
            throw thrown;
          }
        },
        cancel: async (reason) => {
          end();
          // Before the reader: its end must not look like the shard's.
          const givenUp = giveUp();
          await reader.cancel(reason);
          await givenUp;
        },
      },
      { highWaterMark: 0 },
    );
  }
}
