import { StudioError } from '../../core/studio-error';

/**
 * Bytes with random access: a file, a Blob, or a URL whose server answers byte ranges.
 */
export interface ByteSource {
  /** A file name or an address, for messages. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** When it was last changed, in milliseconds since the epoch; absent if unknown. */
  readonly modified?: number;
  /**
   * The server's ETag or Last-Modified, which identifies this state of the file; absent if it sends
   * neither.
   */
  readonly validator?: string;
  /**
   * Exactly `length` bytes from `offset` on.
   * @throws StudioError `bad-source` when the range lies outside, `network` when the bytes can't be
   * fetched
   */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /**
   * Everything from `offset` on.
   * @throws StudioError as {@link read}
   */
  stream(offset: number, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

/** A File or Blob, in the page and in Node. */
export class BlobByteSource implements ByteSource {
  constructor(
    readonly name: string,
    readonly blob: Blob,
  ) {}

  get size(): number {
    return this.blob.size;
  }

  get modified(): number | undefined {
    return this.blob instanceof File ? this.blob.lastModified : undefined;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length);
    return new Uint8Array(await this.blob.slice(offset, offset + length).arrayBuffer());
  }

  async stream(offset: number): Promise<ReadableStream<Uint8Array>> {
    checkRange(this, offset, 0);
    return this.blob.slice(offset).stream();
  }
}

/** A file that was fetched whole is held in memory up to this size. */
const MAX_HELD_BYTES = 32 * 2 ** 20;

/**
 * A file that was fetched whole, to be read in many pieces. Each piece of a Blob takes a message to
 * the browser's process and back, which for a small model is most of the time of reading it.
 */
export async function fetchedSource(name: string, blob: Blob): Promise<ByteSource> {
  if (blob.size > MAX_HELD_BYTES) return new BlobByteSource(name, blob);
  return new HeldByteSource(name, blob, new Uint8Array(await blob.arrayBuffer()));
}

/** A Blob whose bytes are in memory. */
class HeldByteSource extends BlobByteSource {
  constructor(
    name: string,
    blob: Blob,
    readonly bytes: Uint8Array,
  ) {
    super(name, blob);
  }

  override async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length);
    return this.bytes.slice(offset, offset + length);
  }
}

/** A URL whose server answers byte ranges. */
export class HttpByteSource implements ByteSource {
  private constructor(
    readonly name: string,
    readonly size: number,
    readonly validator: string | undefined,
  ) {}

  /**
   * Asks the server for one byte, to learn the size and whether it answers ranges.
   * @throws StudioError `network` when it can't be reached, `bad-source` when it answers no ranges
   */
  static async open(url: string, signal?: AbortSignal): Promise<HttpByteSource> {
    const response = await fetchRange(url, 'bytes=0-0', signal);
    await response.body?.cancel();
    const size = Number(/\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '')?.[1]);
    if (!Number.isSafeInteger(size)) {
      throw new StudioError(
        'bad-source',
        `${url} does not say how large it is.`,
        'The server has to expose Content-Range to other origins (CORS).',
      );
    }
    return new HttpByteSource(url, size, validatorOf(response.headers));
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    checkRange(this, offset, length);
    if (length === 0) return new Uint8Array();
    const response = await fetchRange(this.name, `bytes=${offset}-${offset + length - 1}`, signal);
    // Read chunk by chunk, so that a server that sends more than was asked for is cut off.
    const bytes = new Uint8Array(length);
    let filled = 0;
    for await (const chunk of chunksOf(response)) {
      if (filled + chunk.length > length) throw this.#wrongLength(length, 'more');
      bytes.set(chunk, filled);
      filled += chunk.length;
    }
    if (filled < length) throw this.#wrongLength(length, String(filled));
    return bytes;
  }

  async stream(offset: number, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    checkRange(this, offset, 0);
    return (await fetchRange(this.name, `bytes=${offset}-`, signal)).body!;
  }

  #wrongLength(asked: number, got: string): StudioError {
    return new StudioError(
      'network',
      `${this.name} was asked for ${asked} bytes and sent ${got}.`,
      'Try again.',
    );
  }
}

/** A server's identifier of a file's state: its ETag, weak or not, or else its Last-Modified. */
export function validatorOf(headers: Headers): string | undefined {
  return headers.get('ETag')?.replace(/^W\//, '') ?? headers.get('Last-Modified') ?? undefined;
}

async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body!.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function fetchRange(
  url: string,
  range: string,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const response = await fetchOrThrow(url, { signal, headers: { Range: range } });
  if (response.status === 206) return response;
  await response.body?.cancel();
  throw new StudioError(
    'bad-source',
    `${url} answered ${response.status} to a request for a part of it.`,
    'Use a server that answers byte ranges, or download the file and pick it.',
  );
}

/**
 * `fetch` that throws readable errors. Sends no cookies and no referrer.
 * @throws StudioError `network` when the server can't be reached or answers with an error status
 */
export async function fetchOrThrow(url: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, credentials: 'omit', referrerPolicy: 'no-referrer' });
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new StudioError(
      'network',
      `${url} could not be reached.`,
      'Check the network and the address, and that the server allows other origins (CORS).',
      { cause },
    );
  }
  if (!response.ok)
    throw new StudioError(
      'network',
      `${url} answered ${response.status} ${response.statusText}.`,
      'Check the address.',
    );
  return response;
}

/**
 * The text at an address. Stops at `maxBytes`: a server may send without end.
 * @throws StudioError `network`, or `bad-source` for more than `maxBytes`
 */
export async function fetchText(
  url: string,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of chunksOf(await fetchOrThrow(url, { signal }))) {
    size += chunk.length;
    if (size > maxBytes)
      throw new StudioError(
        'bad-source',
        `${url} sends more than ${maxBytes >> 20} MiB.`,
        'Check the address: a text file was expected there.',
      );
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** @throws StudioError `bad-source` unless [offset, offset + length) lies inside */
export function checkRange(
  { name, size }: Pick<ByteSource, 'name' | 'size'>,
  offset: number,
  length: number,
): void {
  if (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= size
  )
    return;
  throw new StudioError(
    'bad-source',
    `${name} has ${size} bytes; ${length} at ${offset} were asked for.`,
    'Get the file again: it may be cut short, or its index may belong to another file.',
  );
}
