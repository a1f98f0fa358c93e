import {
  fetchOrThrow,
  HttpByteSource,
  validatorOf,
  type ByteSource,
} from '../../../formats/bytes/byte-source';
import { contentFingerprint, fingerprintOfState } from '../../../formats/bytes/content-fingerprint';
import { sha256OfText } from '../../../formats/bytes/sha256-hex';
import { messageOf, StudioError } from '../../../core/studio-error';
import { normalPath } from '../folder/file-paths';
import { LeftOutError } from '../../survey/left-out';
import type { LocalFile } from '../folder/local-file';

/** Opens shards, from a server or from files. */
export interface ShardOpener {
  /** Whether the shards lie on a server. */
  readonly isServed?: boolean;
  /**
   * Streams the stored bytes of a shard.
   * @param offset of the first byte; past the end the stream is empty
   * @param reading pass the same object at every retry, so that all tries read the same version of
   * the file
   * @throws StudioError `network` or `bad-shard`; {@link ShardChangedError} if the file was
   * replaced since the first try
   */
  open(
    shard: string,
    signal: AbortSignal | undefined,
    offset?: number,
    reading?: ShardReading,
  ): Promise<ReadableStream<Uint8Array>>;
  /**
   * A SHA-256 that identifies the shard's contents, independent of its name.
   * @param maxBytes upper bound for the bytes that are read
   * @throws as {@link open}
   */
  fingerprint(shard: string, maxBytes: number, signal?: AbortSignal): Promise<string>;
}

/** State that an opener keeps between retries of one reading. Initially `{}`. */
export interface ShardReading {
  version?: ShardVersion;
  /** Size of the whole file in bytes, according to the last response; absent if not sent. */
  total?: number;
}

/** Identifies a version of a file on a server. Fields that the server doesn't send are absent. */
export interface ShardVersion {
  /** Without the prefix of weak ETags. */
  readonly etag?: string;
  readonly modified?: string;
  /** In bytes. Compared only if the other fields are absent, because servers may send it wrong. */
  readonly size?: number;
  /** Value for `If-Range`. */
  readonly validator?: string;
}

/**
 * The shard's file was replaced between two tries. The bytes read so far belong to the old version,
 * so a retry can't help.
 */
export class ShardChangedError extends StudioError {
  constructor(shard: string) {
    super(
      'bad-shard',
      `${shard} was replaced while it was read.`,
      'Start the run again when the shards are complete.',
    );
  }
}

/** Longest pause between two chunks, in milliseconds. */
const MAX_SILENCE_MS = 60_000;

/** Bytes fetched for a fingerprint if the server sends neither ETag nor date. */
export const MAX_FINGERPRINT_BYTES = 2 ** 20;

/** Shards at URLs, relative to `base`. */
export class HttpShardOpener implements ShardOpener {
  readonly isServed = true;

  /** @param maxSilence milliseconds without a byte after which a stream fails */
  constructor(
    readonly base: string,
    readonly maxSilence = MAX_SILENCE_MS,
  ) {}

  /**
   * Uses the ETag or date that the server sends. Without them parts of the contents are hashed; if
   * the server supports no ranges, only the size is left.
   */
  async fingerprint(shard: string, maxBytes: number, signal?: AbortSignal): Promise<string> {
    const url = new URL(shard, this.base).href;
    const { size, validator } = await stateAt(url, signal);
    if (validator !== undefined) return fingerprintOfState({ name: url, size, validator });
    const bytes = await HttpByteSource.open(url, signal).catch(nullIfNoRanges);
    if (bytes) return contentFingerprint(bytes, Math.min(maxBytes, MAX_FINGERPRINT_BYTES), signal);
    return sha256OfText(JSON.stringify({ url, size }));
  }

  async open(
    shard: string,
    signal: AbortSignal | undefined,
    offset = 0,
    reading: ShardReading = {},
  ): Promise<ReadableStream<Uint8Array>> {
    const url = new URL(shard, this.base).href;
    const headers = new Headers();
    if (offset > 0) headers.set('Range', `bytes=${offset}-`);
    if (offset > 0 && reading.version?.validator)
      headers.set('If-Range', reading.version.validator);
    const response = await fetchOrThrow(url, { signal, headers });
    const stream = response.body ?? new Blob([]).stream();
    try {
      const from = startOf(response, offset);
      if (from > offset)
        throw new StudioError(
          'network',
          `${url} was asked for the bytes from ${offset} on and sent those from ${from} on.`,
          'Try again.',
        );
      const version = versionOf(response, from);
      reading.version ??= version;
      if (differ(reading.version, version)) throw new ShardChangedError(url);
      reading.total = version.size;
      return withoutFirst(untilSilence(stream, this.maxSilence, url), offset - from);
    } catch (thrown) {
      await stream.cancel().catch(() => undefined);
      throw thrown;
    }
  }
}

/**
 * Shards of a picked folder. They are looked up by path ("./a.tar" and "sub\\a.tar" work too), so a
 * manifest can't reach files that were not picked.
 */
export class FileShardOpener implements ShardOpener {
  readonly #files: ReadonlyMap<string, LocalFile>;

  constructor(files: readonly LocalFile[]) {
    const byNormal = files.map((file) => [normalPath(file.path), file] as const);
    this.#files = new Map([...byNormal, ...files.map((file) => [file.path, file] as const)]);
  }

  async open(
    shard: string,
    _signal?: AbortSignal,
    offset = 0,
  ): Promise<ReadableStream<Uint8Array>> {
    const bytes = await this.#bytes(shard);
    return bytes.stream(Math.min(offset, bytes.size));
  }

  async fingerprint(shard: string, maxBytes: number, signal?: AbortSignal): Promise<string> {
    return contentFingerprint(await this.#bytes(shard), maxBytes, signal);
  }

  async #bytes(shard: string): Promise<ByteSource> {
    const normal = /^[/\\]/.test(shard) ? shard : normalPath(shard);
    const file = this.#files.get(shard) ?? this.#files.get(normal);
    if (file) return file.open();
    const step = 'Pick the folder that holds all shards of the manifest.';
    throw new LeftOutError('lost-shard', `The folder holds no file "${shard}".`, step);
  }
}

/** A stream without its first `count` bytes. */
export function withoutFirst(
  stream: ReadableStream<Uint8Array>,
  count: number,
): ReadableStream<Uint8Array> {
  if (count === 0) return stream;
  let left = count;
  return stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        const rest = chunk.subarray(left);
        left -= chunk.length - rest.length;
        if (rest.length > 0) controller.enqueue(rest);
      },
    }),
  );
}

/** Asks a server for a file's size and validator without downloading it. */
async function stateAt(
  url: string,
  signal: AbortSignal | undefined,
): Promise<{ size?: number; validator?: string }> {
  // URLs that are signed for GET refuse a HEAD request.
  const requestOneByte = async (thrown: unknown) => {
    if (!(thrown instanceof StudioError)) throw thrown;
    const response = await fetchOrThrow(url, { signal, headers: { Range: 'bytes=0-0' } });
    await response.body?.cancel();
    return response;
  };
  // Bypasses the browser's cache: for a compressed entry it would report no size.
  const { headers, status } = await fetchOrThrow(url, {
    method: 'HEAD',
    signal,
    cache: 'no-store',
  }).catch(requestOneByte);
  const isWhole = status !== 206 && !headers.has('Content-Encoding');
  const range = /\/(\d+)$/.exec(headers.get('Content-Range') ?? '');
  const total = isWhole ? headers.get('Content-Length') : range?.[1];
  return { size: total ? Number(total) : undefined, validator: validatorOf(headers) };
}

/** Handler for errors of {@link HttpByteSource.open}: null if the server supports no ranges. */
export function nullIfNoRanges(thrown: unknown): null {
  if (thrown instanceof StudioError && thrown.code === 'bad-source') return null;
  throw thrown;
}

/** Offset of the first byte of a response. */
function startOf({ status, headers }: Response, requested: number): number {
  if (status !== 206) return 0;
  // Cross-origin servers may hide Content-Range; then the part begins where it was requested.
  const range = /^bytes (\d+)-/.exec(headers.get('Content-Range') ?? '');
  return Number(range?.[1] ?? requested);
}

function versionOf({ headers, status, type }: Response, from: number): ShardVersion {
  const etag = headers.get('ETag') ?? undefined;
  const modified = headers.get('Last-Modified') ?? undefined;
  const total =
    status === 206 ? /\/(\d+)$/.exec(headers.get('Content-Range') ?? '')?.[1] : undefined;
  const length = headers.get('Content-Encoding') ? null : headers.get('Content-Length');
  let size: number | undefined;
  if (total) size = Number(total);
  else if (length) size = from + Number(length);
  // If-Range needs a strong ETag. It is never sent to other origins, where it fails unless the
  // server allows it: there the versions are only compared.
  const ifRange = etag?.startsWith('"') ? etag : modified;
  const validator = type === 'cors' ? undefined : ifRange;
  return { etag: etag?.replace(/^W\//, ''), modified, size, validator };
}

function differ(a: ShardVersion, b: ShardVersion): boolean {
  for (const field of ['etag', 'modified', 'size'] as const) {
    if (a[field] !== undefined && b[field] !== undefined) return a[field] !== b[field];
  }
  return false;
}

/**
 * Turns failures of a stream into StudioErrors. A pause of more than `maxSilence` milliseconds is a
 * failure too, because a lost connection may never raise an error.
 */
function untilSilence(
  stream: ReadableStream<Uint8Array>,
  maxSilence: number,
  url: string,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        let timer: ReturnType<typeof setTimeout> | undefined;
        const silence = new Promise<never>((_, reject) => {
          timer = setTimeout(() => {
            const message = `${url} has sent nothing for ${maxSilence / 1000} s.`;
            reject(new StudioError('network', message, 'Check the network.'));
          }, maxSilence);
        });
        try {
          const { done, value } = await Promise.race([reader.read(), silence]);
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (thrown) {
          // Not awaited: cancelling may hang as well.
          void reader.cancel().catch(() => undefined);
          if (thrown instanceof StudioError) throw thrown;
          throw new StudioError(
            'network',
            `${url} broke off (${messageOf(thrown)}).`,
            'Check the network.',
            { cause: thrown },
          );
        } finally {
          clearTimeout(timer);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
