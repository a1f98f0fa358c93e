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

/** Where shards are read from. */
export interface ShardOpener {
  /** The shards lie on a server. */
  readonly isServed?: boolean;
  /**
   * The shard's bytes, as they are stored.
   * @param offset of the first byte that is given; past the end there are none
   * @param reading the same object at every try of one reading, so that they are tries of one state
   * of the file
   * @throws StudioError `network` or `bad-shard`; {@link ShardChangedError} where the file is
   * another than before
   */
  open(
    shard: string,
    signal: AbortSignal | undefined,
    offset?: number,
    reading?: ShardReading,
  ): Promise<ReadableStream<Uint8Array>>;
  /**
   * A SHA-256 that the shard is known again by, whatever its name.
   * @param most bytes of it that may be read
   * @throws as {@link open}
   */
  fingerprint(shard: string, most: number, signal?: AbortSignal): Promise<string>;
}

/** What an opener keeps between the tries of one reading. Begins as `{}`. */
export interface ShardReading {
  version?: ShardVersion;
  /** The whole file's bytes, as the last answer told them; absent where it didn't. */
  total?: number;
}

/** By what a server tells one state of a file from another; what it doesn't tell is absent. */
export interface ShardVersion {
  /** Without the mark of a weak one. */
  readonly etag?: string;
  readonly modified?: string;
  /** In bytes; used only where there is nothing else, for a server may be wrong about it. */
  readonly size?: number;
  /** What `If-Range` takes. */
  readonly validator?: string;
}

/**
 * A shard whose file was replaced between two tries. What was read belongs to the old one; trying
 * again can't help.
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

/** How long a server may send nothing, in milliseconds. */
const MAX_SILENCE = 60_000;

/** Bytes of a shard that are fetched to know it again, where its server vouches for nothing. */
export const MAX_READ_OVER_HTTP = 2 ** 20;

/** Shards at URLs, relative to `base`. */
export class HttpShardOpener implements ShardOpener {
  readonly isServed = true;

  /** @param longestSilence after how many milliseconds without a byte a stream breaks off */
  constructor(
    readonly base: string,
    readonly longestSilence = MAX_SILENCE,
  ) {}

  /** By what the server says of the file; by parts of it where it says nothing; or by its size. */
  async fingerprint(shard: string, most: number, signal?: AbortSignal): Promise<string> {
    const url = new URL(shard, this.base).href;
    const { size, validator } = await stateAt(url, signal);
    if (validator !== undefined) return fingerprintOfState({ name: url, size, validator });
    const bytes = await HttpByteSource.open(url, signal).catch(noPartsOrThrow);
    if (bytes) return contentFingerprint(bytes, Math.min(most, MAX_READ_OVER_HTTP), signal);
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
      // Other origins hide Content-Range unless they expose it; a part then begins where it was
      // asked to.
      const from =
        response.status === 206
          ? Number(/^bytes (\d+)-/.exec(response.headers.get('Content-Range') ?? '')?.[1] ?? offset)
          : 0;
      if (from > offset)
        throw new StudioError(
          'network',
          `${url} was asked for what follows byte ${offset} and sent what follows ${from}.`,
          'Try again.',
        );
      const version = versionOf(response, from);
      reading.version ??= version;
      if (differ(reading.version, version)) throw new ShardChangedError(url);
      reading.total = version.size;
      return behind(untilSilence(stream, this.longestSilence, url), offset - from);
    } catch (thrown) {
      await stream.cancel().catch(() => undefined);
      throw thrown;
    }
  }
}

/**
 * Shards of a picked folder, found by name alone, also by "./a.tar" and "sub\\a.tar": a manifest's
 * words reach no file that was not picked.
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

  async fingerprint(shard: string, most: number, signal?: AbortSignal): Promise<string> {
    return contentFingerprint(await this.#bytes(shard), most, signal);
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
export function behind(
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

/**
 * What a server says of a file without sending it. Addresses signed for GET alone refuse a HEAD.
 */
async function stateAt(
  url: string,
  signal: AbortSignal | undefined,
): Promise<{ size?: number; validator?: string }> {
  const askForAByte = async (thrown: unknown) => {
    if (!(thrown instanceof StudioError)) throw thrown;
    const response = await fetchOrThrow(url, { signal, headers: { Range: 'bytes=0-0' } });
    await response.body?.cancel();
    return response;
  };
  // Past the browser's cache, which may have the file packed, and then tells no size.
  const asked = fetchOrThrow(url, { method: 'HEAD', signal, cache: 'no-store' }).catch(askForAByte);
  const { headers, status } = await asked;
  const isWhole = status !== 206 && !headers.has('Content-Encoding');
  const range = /\/(\d+)$/.exec(headers.get('Content-Range') ?? '');
  const total = isWhole ? headers.get('Content-Length') : range?.[1];
  return { size: total ? Number(total) : undefined, validator: validatorOf(headers) };
}

/** A server that gives no parts of a file has only its size to be known by. */
export function noPartsOrThrow(thrown: unknown): null {
  if (thrown instanceof StudioError && thrown.code === 'bad-source') return null;
  throw thrown;
}

function versionOf({ headers, status, type }: Response, from: number): ShardVersion {
  const etag = headers.get('ETag') ?? undefined;
  const modified = headers.get('Last-Modified') ?? undefined;
  const total =
    status === 206 ? /\/(\d+)$/.exec(headers.get('Content-Range') ?? '')?.[1] : undefined;
  const length = headers.get('Content-Encoding') ? null : headers.get('Content-Length');
  const size = total ? Number(total) : length ? from + Number(length) : undefined;
  // A page may send If-Range to another origin only where that allows it, and fails otherwise:
  // there versions are only compared.
  const validator = type === 'cors' ? undefined : etag?.startsWith('"') ? etag : modified;
  return { etag: etag?.replace(/^W\//, ''), modified, size, validator };
}

function differ(a: ShardVersion, b: ShardVersion): boolean {
  for (const field of ['etag', 'modified', 'size'] as const) {
    if (a[field] !== undefined && b[field] !== undefined) return a[field] !== b[field];
  }
  return false;
}

/**
 * A stream whose failures are sentences, silence of `longest` milliseconds among them: a lost
 * connection may never tell of itself.
 */
function untilSilence(
  stream: ReadableStream<Uint8Array>,
  longest: number,
  url: string,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        let timer: ReturnType<typeof setTimeout> | undefined;
        const silence = new Promise<never>((_, reject) => {
          timer = setTimeout(
            () =>
              reject(
                new StudioError(
                  'network',
                  `${url} has sent nothing for ${longest / 1000} s.`,
                  'Check the network.',
                ),
              ),
            longest,
          );
        });
        try {
          const { done, value } = await Promise.race([reader.read(), silence]);
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (thrown) {
          // Not waited for: the answer may be silence too.
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
