import { gzipPieces } from './gzip-pieces';

/**
 * A gzip stream, unpacked: all members of it, of which `cat a.gz b.gz` and `bgzip` make many.
 * Browsers' own unpacking ends with the first, and takes what follows for an error. So the stream
 * is cut where a member can begin, and one begins there if what came out of the one before is as
 * much as that says of itself. (Of the 2^32 sizes, another would have to be met by chance.)
 *
 * Not `pipeThrough`: where its reader leaves early, Node 20 goes on to push what is unpacked into
 * the stream that was left, and that ends the process (ERR_INVALID_STATE). So the unpacking is
 * never left here: its input ends, and what comes of it is read to the end and dropped.
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

/** One member as it is unpacked. */
class Member {
  /** Behind this one: known when that has begun, or the stream has ended, with null. */
  readonly following: Promise<Member | null>;
  #follow!: (next: Member | null) => void;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  /** Bytes that were read of it. */
  #unpacked = 0;

  constructor() {
    type Pair = ReadableWritablePair<Uint8Array, Uint8Array>;
    const { readable, writable } = new DecompressionStream('gzip') as Pair;
    [this.#writer, this.#reader] = [writable.getWriter(), readable.getReader()];
    // Said by write() and close() too.
    this.#writer.closed.catch(() => undefined);
    this.following = new Promise((follow) => (this.#follow = follow));
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes);
  }

  /** Whether all that was written has come out as so many bytes, modulo 2^32. */
  async hasUnpacked(size: number): Promise<boolean> {
    // Taken only when all that came of what was written before has been read.
    await this.#writer.write(new Uint8Array());
    return this.#unpacked % 2 ** 32 === size;
  }

  async close(next: Member | null): Promise<void> {
    await this.#writer.close();
    this.#follow(next);
  }

  async abort(reason: unknown): Promise<void> {
    await this.#writer.abort(reason).catch(() => undefined);
    this.#follow(null);
  }

  /** The next of its bytes; null at its end. */
  async read(): Promise<Uint8Array | null> {
    const { done, value } = await this.#reader.read();
    if (done) return null;
    this.#unpacked += value.length;
    return value;
  }
}

/** Passes everything on. Never fails: who reads the output meets what goes wrong on either side. */
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
    // An archive that ends in the middle, as it does here.
  }
}
