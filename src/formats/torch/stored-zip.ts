import { joinedBytes } from '../bytes/joined-bytes';
import { crc32 } from '../bytes/crc32';

/** A record of a zip; `bytes` is called when the record is written. */
export interface ZipRecord {
  readonly name: string;
  readonly bytes: () => Promise<Uint8Array>;
}

/**
 * PyTorch aligns the data of each record to this many bytes; `torch.load(mmap=True)` relies on it.
 */
const ALIGNMENT = 64;
/** The extra field that PyTorch pads with. */
const PADDING_ID = 0x4246;
const ZIP64_ID = 1;
/** Lengths and offsets from here on are written in ZIP64's fields. */
const LIMIT = 0xffffffff;
const STORED_VERSION = 20;
const ZIP64_VERSION = 45;
/** 1980-01-01, the first date of zip. It is constant, so that the same run gives the same bytes. */
const DATE = 0x21;

interface Placed {
  readonly name: Uint8Array;
  readonly crc: number;
  readonly size: number;
  readonly at: number;
}

/**
 * A zip of uncompressed records, aligned as PyTorch aligns them; ZIP64 beyond four gibibytes. Holds
 * one record at a time. Written by hand, because the padding of a record depends on its offset, and
 * no zip library that we found lets one control that.
 * @param limit lengths and offsets from here on, in bytes, are written in ZIP64's fields
 */
export async function* storedZip(
  records: Iterable<ZipRecord>,
  limit = LIMIT,
): AsyncGenerator<Uint8Array> {
  const placed: Placed[] = [];
  let at = 0;
  for (const record of records) {
    const data = await record.bytes();
    const entry: Placed = {
      name: new TextEncoder().encode(record.name),
      crc: crc32(data),
      size: data.length,
      at,
    };
    const header = localHeader(entry, limit);
    placed.push(entry);
    yield header;
    yield data;
    at += header.length + data.length;
  }
  const directory = placed.map((entry) => directoryEntry(entry, limit));
  yield* directory;
  yield endOf(
    placed.length,
    directory.reduce((sum, { length }) => sum + length, 0),
    at,
    limit,
  );
}

function localHeader({ name, crc, size, at }: Placed, limit: number): Uint8Array {
  const isLarge = size >= limit;
  const zip64 = isLarge ? fields([2, ZIP64_ID], [2, 16], [8, size], [8, size]) : new Uint8Array();
  const dataAt = at + 30 + name.length + zip64.length + 4;
  const padding = (ALIGNMENT - (dataAt % ALIGNMENT)) % ALIGNMENT;
  const extra = joinedBytes([
    zip64,
    fields([2, PADDING_ID], [2, padding]),
    new Uint8Array(padding),
  ]);
  const written = isLarge ? LIMIT : size;
  const fixed = fields(
    [4, 0x04034b50],
    [2, isLarge ? ZIP64_VERSION : STORED_VERSION],
    [2, UTF8],
    [2, 0],
    [2, 0],
    [2, DATE],
    [4, crc],
    [4, written],
    [4, written],
    [2, name.length],
    [2, extra.length],
  );
  return joinedBytes([fixed, name, extra]);
}

/** The flag that says that a name is UTF-8. */
const UTF8 = 0x800;

function directoryEntry({ name, crc, size, at }: Placed, limit: number): Uint8Array {
  const isLarge = size >= limit;
  const isFar = at >= limit;
  const values: [width: number, value: number][] = [];
  if (isLarge) values.push([8, size], [8, size]);
  if (isFar) values.push([8, at]);
  const extra =
    values.length > 0 ? fields([2, ZIP64_ID], [2, 8 * values.length], ...values) : new Uint8Array();
  const version = values.length > 0 ? ZIP64_VERSION : STORED_VERSION;
  const written = isLarge ? LIMIT : size;
  const fixed = fields(
    [4, 0x02014b50],
    [2, version],
    [2, version],
    [2, UTF8],
    [2, 0],
    [2, 0],
    [2, DATE],
    [4, crc],
    [4, written],
    [4, written],
    [2, name.length],
    [2, extra.length],
    [2, 0],
    [2, 0],
    [2, 0],
    [4, 0],
    [4, isFar ? LIMIT : at],
  );
  return joinedBytes([fixed, name, extra]);
}

/** The end records. @param length of the directory in bytes, which begins at `at` */
function endOf(count: number, length: number, at: number, limit: number): Uint8Array {
  const large = at >= limit || length >= limit || count >= 0xffff;
  const end = fields(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, large ? 0xffff : count],
    [2, large ? 0xffff : count],
    [4, large ? LIMIT : length],
    [4, large ? LIMIT : at],
    [2, 0],
  );
  if (!large) return end;
  const record = fields(
    [4, 0x06064b50],
    [8, 44],
    [2, ZIP64_VERSION],
    [2, ZIP64_VERSION],
    [4, 0],
    [4, 0],
    [8, count],
    [8, count],
    [8, length],
    [8, at],
  );
  const locator = fields([4, 0x07064b50], [4, 0], [8, at + length], [4, 1]);
  return joinedBytes([record, locator, end]);
}

/** Little-endian numbers of 2, 4 or 8 bytes, one behind the other. */
function fields(...numbers: readonly (readonly [width: number, value: number])[]): Uint8Array {
  const bytes = new Uint8Array(numbers.reduce((sum, [width]) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of numbers) {
    if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  return bytes;
}
