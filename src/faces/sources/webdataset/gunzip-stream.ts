import { gzipPieces } from './gzip-pieces';

/**
 * Decompresses a gzip stream with all of its members; `cat a.gz b.gz` and `bgzip` produce several.
 * DecompressionStream ends after the first member and treats further data as an error. So the
 * stream is cut wherever a member can begin. Such a place counts as a new member only if the
 * previous member has unpacked to exactly the size that its trailer states. (A false match needs
 * one of 2^32 sizes to agree by chance.)
 *
 * `pipeThrough` is not used: if its reader cancels early, Node 20 still pushes unpacked data into
 * the cancelled stream, which ends the process (ERR_INVALID_STATE). Instead, on cancel, the input
 * is ended and the remaining output is read and dropped.
 */
export function gunzipped(packed: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const input = packed.getReader();
  let member = new Member();
  const feeding = feed(input, member);
  /** The next bytes; null at the end. */
  const next = async (): Promise<Uint8Array | null> => {
    for (;;) {
      const value = await member.read();
      if (value) return value;
      const following = await member.following;
      if (!following) return null;
      member = following;
    }
  };
  return new ReadableStream(
    {
      async pull(controller) {
        const value = await next();
        if (value) controller.enqueue(value);
        else controller.close();
      },
      async cancel(reason) {
        await input.cancel(reason).catch(() => undefined);
        await Promise.all([feeding, drain(next)]);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Decompressor of one gzip member. */
class Member {
  /** The next member; null at the end of the stream. Resolves once this member is complete. */
  readonly following: Promise<Member | null>;
  #resolveFollowing!: (next: Member | null) => void;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  /** Unpacked bytes read so far. */
  #unpacked = 0;

  constructor() {
    type Pair = ReadableWritablePair<Uint8Array, Uint8Array>;
    const { readable, writable } = new DecompressionStream('gzip') as Pair;
    this.#writer = writable.getWriter();
    this.#reader = readable.getReader();
    // write() and close() report the same error.
    this.#writer.closed.catch(() => undefined);
    this.following = new Promise((resolve) => {
      this.#resolveFollowing = resolve;
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes);
  }

  /** Whether everything written so far unpacks to `size` bytes, modulo 2^32. */
  async hasUnpacked(size: number): Promise<boolean> {
    // An empty write is accepted only after all earlier output has been read.
    await this.#writer.write(new Uint8Array());
    return this.#unpacked % 2 ** 32 === size;
  }

  async close(next: Member | null): Promise<void> {
    await this.#writer.close();
    this.#resolveFollowing(next);
  }

  async abort(reason: unknown): Promise<void> {
    await this.#writer.abort(reason).catch(() => undefined);
    this.#resolveFollowing(null);
  }

  /** The next unpacked bytes; null at the end of the member. */
  async read(): Promise<Uint8Array | null> {
    const { done, value } = await this.#reader.read();
    if (done) return null;
    this.#unpacked += value.length;
    return value;
  }
}

/**
 * Feeds the input to the members. Never rejects: errors of both sides reach the output's reader.
 */
async function feed(input: ReadableStreamDefaultReader<Uint8Array>, first: Member): Promise<void> {
  let member = first;
  try {
    for await (const { bytes, sizeBefore } of gzipPieces(chunksOf(input))) {
      if (sizeBefore !== null && (await member.hasUnpacked(sizeBefore))) {
        const next = new Member();
        await member.close(next);
        member = next;
      }
      await member.write(bytes);
    }
    await member.close(null);
  } catch (thrown) {
    await input.cancel(thrown).catch(() => undefined);
    await member.abort(thrown);
  }
}

async function* chunksOf(
  input: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { done, value } = await input.read();
    if (done) return;
    yield value;
  }
}

async function drain(next: () => Promise<Uint8Array | null>): Promise<void> {
  try {
    while (await next());
  } catch {
    // Expected: the input was cut off.
  }
}
