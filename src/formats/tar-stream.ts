import { StudioError } from './studio-error';

/** One file of an archive. */
export interface TarMember {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const BLOCK = 512;
/** The largest member that is read; a picture crop is some kilobytes. */
const LARGEST_MEMBER = 64 * 2 ** 20;

/**
 * Members of a tar stream, one after another, in constant memory. Ustar, GNU long names and pax paths.
 *
 * Not on a tar library, because none goes on after damage: here a block whose checksum is wrong is reported once, and
 * reading goes on at the next block that is a header. Nothing is allocated before its bytes have arrived.
 * @throws StudioError `bad-shard` after the last whole member, when the stream breaks off: inside a member, inside a
 * header, or before the block of zeros that ends every archive
 */
export async function* tarMembers(stream: ReadableStream<Uint8Array>, onDamage: (reason: string) => void): AsyncGenerator<TarMember> {
  const reader = new BlockReader(stream.getReader());
  let longName: string | null = null;
  let lost = false;
  let ended = false;
  let last = 'its beginning';
  try {
    for (;;) {
      const header = await reader.take(BLOCK);
      if (!header) {
        if (ended) return;
        throw new StudioError('bad-shard', `The archive breaks off after "${last}", without the zeros that end one.`, 'Download the shard again.');
      }
      ended = header.every((byte) => byte === 0);
      if (ended) continue;
      const size = octal(header, 124, 12);
      if (!hasChecksum(header) || size > LARGEST_MEMBER) {
        if (!lost) onDamage(size > LARGEST_MEMBER ? `a member after "${last}" claims ${size} bytes; at most ${LARGEST_MEMBER} are read` : `a header after "${last}" has a wrong checksum`);
        lost = true;
        // A long name belongs to the header that is lost here, not to the next one that is found.
        longName = null;
        continue;
      }
      lost = false;
      const name = longName ?? headerName(header);
      const body = await reader.take(Math.ceil(size / BLOCK) * BLOCK, size);
      if (!body) {
        throw new StudioError('bad-shard', `The archive breaks off inside "${name}", which should have ${size} bytes.`, 'Download the shard again.');
      }
      const bytes = body.slice(0, size);
      last = name;
      const type = String.fromCharCode(header[156]!);
      longName = null;
      if (type === 'L') longName = text(bytes);
      else if (type === 'x') longName = paxPath(bytes);
      else if (type === '0' || type === '\0') yield { name, bytes };
    }
  } finally {
    await reader.close();
  }
}

/** Cuts a stream of chunks of any size into the sizes asked for. */
class BlockReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunks: Uint8Array[] = [];
  #held = 0;

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#reader = reader;
  }

  /** The next `length` bytes, or null when the stream ends before; the padding after `needed` may be missing at the end. */
  async take(length: number, needed = length): Promise<Uint8Array | null> {
    while (this.#held < length) {
      const { done, value } = await this.#reader.read();
      if (done) break;
      this.#chunks.push(value);
      this.#held += value.length;
    }
    if (this.#held < needed || (length > 0 && this.#held === 0)) return null;
    const result = new Uint8Array(Math.min(length, this.#held));
    for (let filled = 0; filled < result.length; ) {
      const chunk = this.#chunks[0]!;
      const part = chunk.subarray(0, result.length - filled);
      result.set(part, filled);
      filled += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    this.#held -= result.length;
    return result;
  }

  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => undefined);
  }
}

function headerName(header: Uint8Array): string {
  const prefix = text(header.subarray(345, 500));
  const name = text(header.subarray(0, 100));
  return prefix && text(header.subarray(257, 262)) === 'ustar' ? `${prefix}/${name}` : name;
}

function paxPath(bytes: Uint8Array): string | null {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(new TextDecoder().decode(bytes))?.[1] ?? null;
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function octal(header: Uint8Array, offset: number, length: number): number {
  const value = parseInt(text(header.subarray(offset, offset + length)).trim() || '0', 8);
  return Number.isFinite(value) && value >= 0 ? value : Infinity;
}

function hasChecksum(header: Uint8Array): boolean {
  let sum = 8 * 32;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i]!;
  return sum === octal(header, 148, 8);
}
