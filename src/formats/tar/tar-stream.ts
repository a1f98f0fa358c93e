import { StudioError } from '../../core/studio-error';

/** One regular file of an archive. */
export interface TarMember {
  /**
   * As the archive has it, control characters replaced by U+FFFD. It may hold `..`, `\` or a
   * leading `/`: it is a label, and nothing may be written by it. Reports and keys take its {@link
   * baseName}.
   */
  readonly name: string;
  readonly bytes: Uint8Array;
  /**
   * Place in the archive of its header, or of the first extended header before it: reading can
   * begin there. In bytes.
   */
  readonly offset: number;
}

const BLOCK = 512;
/** The largest member that is read; a picture crop is some kilobytes. */
const MAX_MEMBER = 64 * 2 ** 20;
/**
 * The largest extended header that is read; a path has 4096 bytes at most, attributes may have
 * more.
 */
const MAX_EXTENSION = 2 ** 20;
const MAX_BASE_NAME_LENGTH = 255;

/** What extended headers say of the member that follows them. */
interface Extension {
  readonly name?: string;
  readonly size?: number;
  readonly sparse?: boolean;
}

/**
 * The regular files of a tar stream, one after another, in constant memory: V7, ustar, GNU (long
 * names, sizes in base 256) and pax (path, size). Directories and devices are passed over; links,
 * sparse files and files above 64 MiB are too, and are told.
 *
 * Not on a tar library, because none goes on after damage: here a block whose checksum is wrong is
 * reported once, and reading goes on at the next block that is a header. Nothing is allocated
 * before its bytes have arrived.
 * @param onDamage told what was passed over, and the place of its header in the archive
 * @param start where in the archive the stream begins: 0, or the `offset` of a member
 * @throws StudioError `bad-shard` after the last whole member, when the stream breaks off: inside a
 * member, inside a header, or before the block of zeros that ends every archive
 */
export async function* tarMembers(
  stream: ReadableStream<Uint8Array>,
  onDamage: (reason: string, offset: number) => void,
  start = 0,
): AsyncGenerator<TarMember> {
  const reader = new BlockReader(stream.getReader());
  let extension: Extension = {};
  let extendedFrom: number | null = null;
  let padding = 0;
  let lost = false;
  let zeros = 0;
  let last = start > 0 ? `byte ${start}` : 'its beginning';
  const whole = <T>(bytes: T | null, name: string, size: number): T => {
    if (bytes !== null) return bytes;
    throw new StudioError(
      'bad-shard',
      `The archive breaks off inside ${name}, which should have ${size} bytes.`,
      'Download the shard again.',
    );
  };
  try {
    for (;;) {
      await reader.skip(padding);
      padding = 0;
      const at = start + reader.position;
      const header = await reader.take(BLOCK);
      if (!header) {
        // Where a header was lost, a block of zeros may be part of a picture; every archive ends in
        // two.
        if (zeros >= (lost ? 2 : 1)) return;
        throw new StudioError(
          'bad-shard',
          `The archive breaks off after ${last}, without the zeros that end one.`,
          'Download the shard again.',
        );
      }
      zeros = header.every((byte) => byte === 0) ? zeros + 1 : 0;
      const claimed = zeros > 0 ? null : claimedSize(header);
      if (claimed === null) {
        if (zeros === 0 && !lost)
          onDamage(`a header after ${last} has a wrong checksum or no size`, at);
        lost ||= zeros === 0;
        // A long name belongs to the header that is lost here, not to the next one that is found.
        [extension, extendedFrom] = [{}, null];
        continue;
      }
      lost = false;
      const type = String.fromCharCode(header[156]!);
      if ('LKxXg'.includes(type)) {
        padding = paddingOf(claimed);
        const counts = type !== 'K' && type !== 'g';
        const tooLarge = counts && claimed > MAX_EXTENSION;
        if (!counts || tooLarge)
          whole((await reader.skip(claimed)) || null, 'an extended header', claimed);
        const body =
          counts && !tooLarge
            ? whole(await reader.take(claimed), 'an extended header', claimed)
            : null;
        const found = body && (type === 'L' ? { name: text(body) } : paxRecords(body));
        if (counts && !found) onDamage(`an extended header after ${last} can't be read`, at);
        extension = { ...extension, ...found };
        extendedFrom ??= at;
        continue;
      }
      const name = clean(extension.name ?? headerName(header));
      const { sparse } = extension;
      const offset = extendedFrom ?? at;
      // Old archives have no type for a directory, only a slash. What can have no contents has
      // none, whatever its size says.
      const isEmpty = /[1-6V]/.test(type) || (type === '\0' && name.endsWith('/'));
      const size = isEmpty ? 0 : (extension.size ?? claimed);
      [extension, extendedFrom] = [{}, null];
      last = `"${baseName(name)}"`;
      padding = paddingOf(size);
      const isFile = /[0\x007]/.test(type) && !isEmpty && !sparse;
      if (isFile && size <= MAX_MEMBER) {
        yield { name, bytes: whole(await reader.take(size), last, size), offset };
        continue;
      }
      if (isFile) onDamage(`${last} has ${size} bytes; at most ${MAX_MEMBER} are read`, at);
      else if (sparse || type === 'S') onDamage(`${last} is a sparse file, which is not read`, at);
      else if (/[12]/.test(type)) onDamage(`${last} is a link, which is not followed`, at);
      if (type === 'S') await passSparseMap(reader, header);
      whole((await reader.skip(size)) || null, last, size);
    }
  } finally {
    await reader.close();
  }
}

/** The last part of a member's name, for keys and reports: no folders, at most 255 characters. */
export function baseName(name: string): string {
  return name
    .slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
    .slice(0, MAX_BASE_NAME_LENGTH);
}

/** Cuts a stream of chunks of any size into the sizes asked for. */
class BlockReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunks: Uint8Array[] = [];
  #held = 0;
  /** Bytes taken or skipped. */
  position = 0;

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#reader = reader;
  }

  /** The next `length` bytes, or null when the stream ends before. */
  async take(length: number): Promise<Uint8Array | null> {
    while (this.#held < length) if (!(await this.#more())) return null;
    const result = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const part = this.#part(length - filled);
      result.set(part, filled);
      filled += part.length;
    }
    return result;
  }

  /** Passes over `length` bytes without holding them; false when the stream ends before. */
  async skip(length: number): Promise<boolean> {
    for (let left = length; left > 0;) {
      if (this.#held === 0 && !(await this.#more())) return false;
      left -= this.#part(left).length;
    }
    return true;
  }

  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => undefined);
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#reader.read();
    if (done) return false;
    if (value.length > 0) this.#chunks.push(value);
    this.#held += value.length;
    return true;
  }

  /** Of the chunk held first, what is there of `most` bytes. */
  #part(most: number): Uint8Array {
    const chunk = this.#chunks[0];
    if (!chunk) return new Uint8Array();
    const part = chunk.subarray(0, most);
    if (part.length === chunk.length) this.#chunks.shift();
    else this.#chunks[0] = chunk.subarray(part.length);
    this.#held -= part.length;
    this.position += part.length;
    return part;
  }
}

/** The old GNU form keeps what of a sparse file is no hole in blocks before its contents. */
async function passSparseMap(reader: BlockReader, header: Uint8Array): Promise<void> {
  for (let more = header[482]!; more !== 0;) more = (await reader.take(BLOCK))?.[504] ?? 0;
}

const paddingOf = (size: number) => (BLOCK - (size % BLOCK)) % BLOCK;

function headerName(header: Uint8Array): string {
  const name = text(header.subarray(0, 100));
  // GNU's own form, which has spaces after "ustar", keeps times where ustar has the prefix.
  const prefix =
    header[262] === 0 && text(header.subarray(257, 262)) === 'ustar'
      ? text(header.subarray(345, 500))
      : '';
  return prefix ? `${prefix}/${name}` : name;
}

/**
 * Records of the form "LENGTH key=value\n", the length counting itself, in bytes; null where one
 * has another form.
 */
function paxRecords(bytes: Uint8Array): Extension | null {
  let result: Extension = {};
  for (let at = 0; at < bytes.length;) {
    const length = /^[1-9]\d{0,6}(?= )/.exec(decoder.decode(bytes.subarray(at, at + 8)))?.[0] ?? '';
    const end = at + Number(length);
    const equals = bytes.indexOf(0x3d, at);
    if (!length || end > bytes.length || equals < 0 || equals >= end - 1 || bytes[end - 1] !== 0x0a)
      return null;
    const key = decoder.decode(bytes.subarray(at + length.length + 1, equals));
    const value = decoder.decode(bytes.subarray(equals + 1, end - 1));
    if (key.startsWith('GNU.sparse.')) result = { ...result, sparse: true };
    // An empty value takes back what was said before.
    if (key === 'path' || key === 'GNU.sparse.name')
      result = { ...result, name: value || undefined };
    if (key === 'size' && !/^\d{1,15}$/.test(value)) return null;
    if (key === 'size') result = { ...result, size: Number(value) };
    at = end;
  }
  return result;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text up to the first NUL. */
function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Line ends, escapes and marks that turn the writing direction would let a name forge a report. */
function clean(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

/** A number: octal digits, or base 256 where the first bit is set; null for anything else. */
function numberAt(header: Uint8Array, offset: number, length: number): number | null {
  const field = header.subarray(offset, offset + length);
  if (field[0]! >= 0x80) {
    const value = field.reduce((sum, byte, i) => sum * 256 + (i === 0 ? byte & 0x7f : byte), 0);
    return Number.isSafeInteger(value) ? value : null;
  }
  const digits = /^ *([0-7]*) *$/.exec(text(field))?.[1];
  return digits === undefined ? null : parseInt(digits || '0', 8);
}

/** What a header says the size of its member is; null for a block that is no header. */
function claimedSize(header: Uint8Array): number | null {
  let sum = 8 * 32;
  let bytesOver127 = 0;
  for (let i = 0; i < BLOCK; i++) {
    if (i >= 148 && i < 156) continue;
    sum += header[i]!;
    if (header[i]! > 127) bytesOver127++;
  }
  const expected = numberAt(header, 148, 8);
  // Some old writers summed bytes with a sign.
  return expected === sum || expected === sum - 256 * bytesOver127
    ? numberAt(header, 124, 12)
    : null;
}
