import type { CompressionCodec, Encoding, PageHeader, ParquetType, SchemaTree } from 'hyparquet';
import { parquetHeader, readPage } from 'hyparquet/src/column.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import {
  decompressBrotli,
  decompressLz4Raw,
  decompressSnappy,
  decompressZstd,
  gunzip,
} from 'hyparquet-compressors';
import { checkDeltas, checkLz4, checkRuns, structEnd } from './parquet-guard';

/**
 * A column of single values, perhaps inside structs, with what its values look like before any
 * conversion.
 */
export interface LeafColumn {
  /** "image.bytes", as in messages. */
  readonly name: string;
  readonly type: ParquetType;
  /** From the root to the leaf; none of it repeated. */
  readonly path: readonly SchemaTree[];
}

/** Undoes a page's compression into `size` bytes. */
type Unpack = (packed: Uint8Array, size: number) => Uint8Array;

/**
 * The codecs that are read. Of all but Brotli a damaged page costs no more than its size; Brotli's
 * decoder makes what the page's blocks say, which is only then seen to be too much.
 */
const unpackers: ReadonlyMap<CompressionCodec, Unpack> = new Map<CompressionCodec, Unpack>([
  ['UNCOMPRESSED', (packed) => packed],
  ['SNAPPY', unpackSnappy],
  ['GZIP', (packed, size) => gunzip(packed, new Uint8Array(size))],
  // Given its room, or it would make as much as the page claims.
  ['ZSTD', (packed, size) => decompressZstd(packed, new Uint8Array(size))],
  ['BROTLI', decompressBrotli],
  ['LZ4_RAW', unpackLz4],
  ['LZ4', unpackFramedLz4],
]);

/** Names of the codecs that are read. */
export const codecs: readonly string[] = [...unpackers.keys()];

function unpackLz4(packed: Uint8Array, size: number): Uint8Array {
  checkLz4(packed, size);
  return decompressLz4Raw(packed, size);
}

/**
 * The deprecated codec: as Hadoop frames it, each block behind its two lengths (big-endian, of what
 * it unpacks to and of itself), or, as others wrote it under the same name, one bare block.
 * @param size bytes that it has to unpack to
 * @throws Error for damage
 */
export function unpackFramedLz4(packed: Uint8Array, size: number): Uint8Array {
  const view = viewOf(packed);
  const blocks: { from: number; to: number; at: number; size: number }[] = [];
  let [from, at] = [0, 0];
  while (from + 8 <= packed.length && at <= size) {
    const to = from + 8 + view.getUint32(from + 4);
    const block = { from: from + 8, to, at, size: view.getUint32(from) };
    blocks.push(block);
    [from, at] = [block.to, at + block.size];
  }
  if (from !== packed.length || at !== size) return unpackLz4(packed, size);
  const result = new Uint8Array(size);
  for (const block of blocks) {
    result.set(unpackLz4(packed.subarray(block.from, block.to), block.size), block.at);
  }
  return result;
}

function unpackSnappy(packed: Uint8Array, size: number): Uint8Array {
  // The decoder writes as much as the page itself claims.
  let claimed = 0;
  for (let i = 0; i < 5; i++) {
    claimed += ((packed[i] ?? 0) & 127) * 128 ** i;
    if ((packed[i] ?? 0) < 128) break;
  }
  if (claimed !== size) throw new Error(`a page of ${claimed} bytes, where ${size} were expected`);
  return decompressSnappy(packed, size);
}

/** One value as Parquet stores it; null where it is missing, or where a struct around it is. */
export type LeafValue = Uint8Array | number | bigint | null;

/** Decoded values, and the bytes that their pages take. */
export interface LeafValues {
  readonly values: readonly LeafValue[];
  readonly bytes: number;
}

/**
 * Decodes a whole column chunk: checks each page, undoes its compression and lets hyparquet read
 * it.
 * @param chunk the column's bytes of one row group
 * @param rows how many values it must hold
 * @param limit bytes that the pages may take together
 * @throws Error, of any kind, for damage or for an encoding that isn't read
 */
export function decodeChunk(
  chunk: Uint8Array,
  column: LeafColumn,
  codec: CompressionCodec,
  rows: number,
  limit: number,
): LeafValues {
  const levels = column.path
    .slice(1)
    .filter(({ element }) => element.repetition_type !== 'REQUIRED').length;
  // Without logical types values come as they are stored: bytes, numbers, bigints.
  const plain = {
    type: column.type,
    name: column.name,
    repetition_type: column.path.at(-1)!.element.repetition_type,
  };
  const decoder = {
    pathInSchema: [column.name],
    type: column.type,
    element: plain,
    schemaPath: [...column.path],
    codec: 'UNCOMPRESSED' as const,
    parsers: DEFAULT_PARSERS,
    utf8: false,
  };
  const values: LeafValue[] = [];
  let dictionary: ReturnType<typeof readPage>['data'];
  let bytes = 0;
  for (let at = 0; values.length < rows;) {
    if (at >= chunk.length) throw new Error(`${values.length} values, where ${rows} were expected`);
    const start = structEnd(chunk, at);
    const header = parquetHeader({ view: viewOf(chunk), offset: at });
    const { compressed_page_size: packed, uncompressed_page_size: size } = header;
    if (!isLength(packed, chunk.length - start))
      throw new Error(`a page of ${packed} bytes, where ${chunk.length - start} are left`);
    if (!isLength(size, limit - bytes))
      throw new Error(`a page that unpacks to ${size} bytes; ${limit} are read at most`);
    at = start + packed;
    bytes += size;
    const page = unpackPage(chunk.subarray(start, at), header, codec);
    const count = checkPage(
      page.bytes,
      page.header,
      levels,
      rows - values.length,
      dictionary !== undefined,
    );
    if (count === 0) {
      // Where all values are null their dictionary is empty.
      if (header.type === 'DICTIONARY_PAGE') dictionary = [];
      continue;
    }
    const { data } = readPage(
      { view: viewOf(page.bytes), offset: 0 },
      page.header,
      decoder,
      dictionary,
      undefined,
      0,
    );
    if (data?.length !== count)
      throw new Error(`${data?.length ?? 0} values in a page of ${count}`);
    if (header.type === 'DICTIONARY_PAGE') dictionary = data;
    else
      for (const value of data as ArrayLike<unknown> & Iterable<unknown>)
        values.push(leafOf(value));
  }
  return { values, bytes };
}

/** hyparquet wraps a value in an array for each optional struct around it. */
function leafOf(value: unknown): LeafValue {
  const leaf: unknown = Array.isArray(value) ? value[0] : value;
  return leaf instanceof Uint8Array || typeof leaf === 'number' || typeof leaf === 'bigint'
    ? leaf
    : null;
}

/**
 * A page without its compression, in bytes of its own, and the header that describes it as such: a
 * value that claims to reach beyond the page then reaches beyond the buffer and is refused, and no
 * view keeps the whole chunk in memory.
 */
function unpackPage(
  body: Uint8Array,
  header: PageHeader,
  codec: CompressionCodec,
): { bytes: Uint8Array; header: PageHeader } {
  const unpack = unpackers.get(codec);
  if (!unpack) throw new Error(`compression by ${codec}`);
  const v2 = header.data_page_header_v2;
  // In pages of version 2 the levels lie before the values and are never compressed.
  const levels =
    header.type === 'DATA_PAGE_V2' && v2
      ? v2.repetition_levels_byte_length + v2.definition_levels_byte_length
      : 0;
  const size = header.uncompressed_page_size - levels;
  if (!isLength(levels, body.length) || size < 0) throw new Error('levels longer than their page');
  const packed = body.subarray(levels);
  const isPlain = header.type === 'DATA_PAGE_V2' && v2?.is_compressed === false;
  // Nothing may be packed as nothing.
  const unpacked = isPlain || (size === 0 && packed.length === 0) ? packed : unpack(packed, size);
  if (unpacked.length !== size)
    throw new Error(`a page that unpacks to ${unpacked.length} bytes, where ${size} were expected`);
  const bytes =
    levels > 0 || unpacked.buffer === body.buffer
      ? joined(body.subarray(0, levels), unpacked)
      : unpacked;
  const plain = {
    ...header,
    compressed_page_size: bytes.length,
    uncompressed_page_size: bytes.length,
  };
  return {
    bytes,
    header: v2 ? { ...plain, data_page_header_v2: { ...v2, is_compressed: false } } : plain,
  };
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

/** How many values a page holds, at most `left`, once its runs and blocks are known to be sound. */
function checkPage(
  page: Uint8Array,
  header: PageHeader,
  levels: number,
  left: number,
  hasDictionary: boolean,
): number {
  const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: entries } = header;
  const [count, encoding] = dataOf();
  if (!isLength(count, header.type === 'DICTIONARY_PAGE' ? page.length : left))
    throw new Error(`a page of ${count} values, where ${left} are left`);
  if (encoding === null) return count;
  // As many bits as the largest level takes.
  const width = 32 - Math.clz32(levels);
  let at = 0;
  if (v2) {
    const {
      repetition_levels_byte_length: repeated,
      definition_levels_byte_length: defined,
      num_nulls: nulls,
    } = v2;
    if (repeated !== 0 || !isLength(defined, page.length) || !isLength(nulls, count))
      throw new Error('levels that do not fit their page');
    if (levels > 0) checkRuns(page, 0, width, count);
    at = defined;
  } else if (levels > 0) {
    if (page.length < 4) throw new Error('a page without its levels');
    checkRuns(page, 4, width, count);
    at = 4 + viewOf(page).getUint32(0, true);
  }
  checkValues(page, at, encoding, v2 !== undefined, count, hasDictionary);
  return count;

  function dataOf(): [number, Encoding | null] {
    if (header.type === 'DICTIONARY_PAGE' && entries) return [entries.num_values, null];
    if (header.type === 'DATA_PAGE' && v1 && !v2) return [v1.num_values, v1.encoding];
    if (header.type === 'DATA_PAGE_V2' && v2) return [v2.num_values, v2.encoding];
    throw new Error(`a page of type ${header.type}`);
  }
}

function checkValues(
  page: Uint8Array,
  at: number,
  encoding: Encoding,
  isV2: boolean,
  count: number,
  hasDictionary: boolean,
): void {
  switch (encoding) {
    case 'PLAIN':
      return;
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY':
      // Without one hyparquet would give the places in it for values.
      if (!hasDictionary) throw new Error('a page without its dictionary');
      // In version 1, values of no bits have no runs that are read: all are the first of the
      // dictionary.
      if (at < page.length && (isV2 || page[at] !== 0)) checkRuns(page, at + 1, page[at]!, count);
      return;
    case 'DELTA_BINARY_PACKED':
    case 'DELTA_LENGTH_BYTE_ARRAY':
      checkDeltas(page, at);
      return;
    default:
      throw new Error(`the encoding ${encoding}, which is not read`);
  }
}

function isLength(value: number, limit: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= limit;
}

function viewOf(bytes: Uint8Array): DataView<ArrayBuffer> {
  return new DataView(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
}
