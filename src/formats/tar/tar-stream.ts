import { StudioError } from '../../core/studio-error';

/** One regular file of an archive. */
export interface TarMember {
  /**
   * As in the archive, but with control characters replaced by U+FFFD. It may contain `..`, `\` or
   * a leading `/`: never use it as a path to write to. Reports and keys use its {@link baseName}.
   */
  readonly name: string;
  readonly bytes: Uint8Array;
  /**
   * Offset in the archive of its header, or of the first extended header before it, in bytes.
   * Reading can begin there.
   */
  readonly offset: number;
}

const BLOCK = 512;
/** The largest member that is read; a picture crop has some kilobytes. */
const MAX_MEMBER_BYTES = 64 * 2 ** 20;
/**
 * The largest extended header that is read. A path has at most 4096 bytes; attributes may have
 * more.
 */
const MAX_EXTENSION_BYTES = 2 ** 20;
const MAX_BASE_NAME_LENGTH = 255;

/** Fields of extended headers, which replace those of the next member's header. */
interface Extension {
  readonly name?: string;
  readonly size?: number;
  readonly sparse?: boolean;
}

/**
 * The regular files of a tar stream, one after another, in constant memory: V7, ustar, GNU (long
 * names, sizes in base 256) and pax (path, size). Directories and devices are skipped. Links,
 * sparse files and files above 64 MiB are skipped and reported.
 *
 * Written without a tar library, because none continues after damage. Here a block whose checksum
 * is wrong is reported once, and reading continues at the next valid header. Memory is only
 * allocated for bytes that have arrived.
 * @param onDamage called with what was skipped, and the offset of its header in the archive
 * @param start where in the archive the stream begins: 0, or the `offset` of a member
 * @throws StudioError `bad-shard` after the last complete member, when the stream breaks off:
 * inside a member, inside a header, or before the block of zeros that ends every archive
 */
export async function* tarMembers(
  stream: ReadableStream<Uint8Array>,
  onDamage: (reason: string, offset: number) => void,
  start = 0,
): AsyncGenerator<TarMember> {
  const reader = new BlockReader(stream.getReader());
  let extension: Extension = {};
  /** Offset of the first extended header before the next member. */
  let extendedFrom: number | null = null;
  let padding = 0;
  /** Whether the last header was damaged, so that the next one is searched for. */
  let isLost = false;
  /** Blocks of zeros in a row. */
  let zeroBlocks = 0;
  let last = start > 0 ? `byte ${start}` : 'its beginning';
  const requireWhole = <T>(bytes: T | null, name: string, size: number): T => {
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
        // An archive ends in two blocks of zeros. One is enough, except while a header is searched
        // for: then a block of zeros may be part of a picture.
        if (zeroBlocks >= (isLost ? 2 : 1)) return;
        throw new StudioError(
          'bad-shard',
          `The archive breaks off after ${last}, without the zeros that end one.`,
          'Download the shard again.',
        );
      }
      zeroBlocks = header.every((byte) => byte === 0) ? zeroBlocks + 1 : 0;
      const claimed = zeroBlocks > 0 ? null : claimedSize(header);
      if (claimed === null) {
        const isDamaged = zeroBlocks === 0;
        if (isDamaged && !isLost)
          onDamage(`a header after ${last} has a wrong checksum or no size`, at);
        isLost ||= isDamaged;
        // A long name belongs to the damaged header, not to the next one that is found.
        extension = {};
        extendedFrom = null;
        continue;
      }
      isLost = false;
      const type = String.fromCharCode(header[156]!);
      if ('LKxXg'.includes(type)) {
        padding = paddingOf(claimed);
        // Link names and global headers are ignored.
        const isUsed = type !== 'K' && type !== 'g';
        let found: Extension | null = null;
        if (isUsed && claimed <= MAX_EXTENSION_BYTES) {
          const body = requireWhole(await reader.take(claimed), 'an extended header', claimed);
          found = type === 'L' ? { name: text(body) } : paxRecords(body);
        } else requireWhole((await reader.skip(claimed)) || null, 'an extended header', claimed);
        if (isUsed && !found) onDamage(`an extended header after ${last} can't be read`, at);
        extension = { ...extension, ...found };
        extendedFrom ??= at;
        continue;
      }
      const name = clean(extension.name ?? headerName(header));
      const { sparse } = extension;
      const offset = extendedFrom ?? at;
      // Old archives mark a directory by a slash, not by a type. Links, devices and directories
      // have no contents, even if their header has a size.
      const isEmpty = /[1-6V]/.test(type) || (type === '\0' && name.endsWith('/'));
      const size = isEmpty ? 0 : (extension.size ?? claimed);
      extension = {};
      extendedFrom = null;
      last = `"${baseName(name)}"`;
      padding = paddingOf(size);
      const isFile = /[0\x007]/.test(type) && !isEmpty && !sparse;
      if (isFile && size <= MAX_MEMBER_BYTES) {
        yield { name, bytes: requireWhole(await reader.take(size), last, size), offset };
        continue;
      }
      if (isFile) onDamage(`${last} has ${size} bytes; at most ${MAX_MEMBER_BYTES} are read`, at);
      else if (sparse || type === 'S') onDamage(`${last} is a sparse file, which is not read`, at);
      else if (/[12]/.test(type)) onDamage(`${last} is a link, which is not followed`, at);
      if (type === 'S') await skipSparseMap(reader, header);
      requireWhole((await reader.skip(size)) || null, last, size);
    }
  } finally {
    await reader.close();
  }
}

/** A member's name without folders, at most 255 characters, for keys and reports. */
export function baseName(name: string): string {
  return name
    .slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
    .slice(0, MAX_BASE_NAME_LENGTH);
}

/** Reads any number of bytes from a stream of chunks of any size. */
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

  /** Skips `length` bytes without holding them; false when the stream ends before. */
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

  /** Takes up to `maxBytes` bytes from the first chunk held. */
  #part(maxBytes: number): Uint8Array {
    const chunk = this.#chunks[0];
    if (!chunk) return new Uint8Array();
    const part = chunk.subarray(0, maxBytes);
    if (part.length === chunk.length) this.#chunks.shift();
    else this.#chunks[0] = chunk.subarray(part.length);
    this.#held -= part.length;
    this.position += part.length;
    return part;
  }
}

/** Skips the blocks before the contents of an old GNU sparse file, which list its non-holes. */
async function skipSparseMap(reader: BlockReader, header: Uint8Array): Promise<void> {
  for (let more = header[482]!; more !== 0;) more = (await reader.take(BLOCK))?.[504] ?? 0;
}

const paddingOf = (size: number) => (BLOCK - (size % BLOCK)) % BLOCK;

function headerName(header: Uint8Array): string {
  const name = text(header.subarray(0, 100));
  // GNU's own format has spaces after "ustar", and times in place of the prefix.
  const prefix =
    header[262] === 0 && text(header.subarray(257, 262)) === 'ustar'
      ? text(header.subarray(345, 500))
      : '';
  return prefix ? `${prefix}/${name}` : name;
}

/**
 * Parses records of the form "LENGTH key=value\n", where the length in bytes includes itself. Null
 * if one has another form.
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
    // An empty value cancels an earlier one.
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

/**
 * Replaces control characters: line ends, escapes and marks of writing direction in a name could
 * forge a report.
 */
function clean(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

/** A number in octal digits, or in base 256 if the first bit is set; null for anything else. */
function numberAt(header: Uint8Array, offset: number, length: number): number | null {
  const field = header.subarray(offset, offset + length);
  if (field[0]! >= 0x80) {
    const value = field.reduce((sum, byte, i) => sum * 256 + (i === 0 ? byte & 0x7f : byte), 0);
    return Number.isSafeInteger(value) ? value : null;
  }
  const digits = /^ *([0-7]*) *$/.exec(text(field))?.[1];
  return digits === undefined ? null : parseInt(digits || '0', 8);
}

/** The member's size according to its header; null if the block is not a valid header. */
function claimedSize(header: Uint8Array): number | null {
  let sum = 8 * 32;
  let bytesOver127 = 0;
  for (let i = 0; i < BLOCK; i++) {
    if (i >= 148 && i < 156) continue;
    sum += header[i]!;
    if (header[i]! > 127) bytesOver127++;
  }
  const expected = numberAt(header, 148, 8);
  // Some old writers summed signed bytes.
  const isValid = expected === sum || expected === sum - 256 * bytesOver127;
  return isValid ? numberAt(header, 124, 12) : null;
}
