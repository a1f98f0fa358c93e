import { joinedBytes } from '../../../formats/bytes/joined-bytes';
import type { CompressionCodec, Encoding, PageHeader, ParquetType, SchemaTree } from 'hyparquet';
// hyparquet's index exports no function that decodes a single page. parquetHeader, readPage and
// DEFAULT_PARSERS are needed here, because each page is checked before hyparquet reads it. The
// package lists ./src/*.js among its exports.
import { parquetHeader, readPage } from 'hyparquet/src/column.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { decompressorOf } from './parquet-codecs';
import { checkDeltas, checkRuns, structEnd } from './parquet-guard';

/** A column of single values, possibly inside structs, with the physical type of its values. */
export interface LeafColumn {
  /** For messages: "image.bytes". */
  readonly name: string;
  readonly type: ParquetType;
  /** Path from the root to the leaf; no element is repeated. */
  readonly path: readonly SchemaTree[];
}

/** A value as stored by Parquet; null if it, or a struct around it, is missing. */
export type LeafValue = Uint8Array | number | bigint | null;

/** Decoded values, and the size of their pages in bytes. */
export interface LeafValues {
  readonly values: readonly LeafValue[];
  readonly bytes: number;
}

/**
 * Decodes a whole column chunk: checks and decompresses each page, and has hyparquet decode it.
 * @param chunk the column's bytes of one row group
 * @param rows expected number of values
 * @param maxBytes upper bound for the size of all pages
 * @throws Error of any kind for damage or an unsupported encoding
 */
export function decodeChunk(
  chunk: Uint8Array,
  column: LeafColumn,
  codec: CompressionCodec,
  rows: number,
  maxBytes: number,
): LeafValues {
  const levels = column.path
    .slice(1)
    .filter(({ element }) => element.repetition_type !== 'REQUIRED').length;
  // Without a logical type, values are decoded as stored: bytes, numbers, bigints.
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
    if (!isLength(size, maxBytes - bytes))
      throw new Error(`a page that unpacks to ${size} bytes; ${maxBytes} are read at most`);
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
      // If all values are null their dictionary is empty.
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
    if (header.type === 'DICTIONARY_PAGE') {
      dictionary = data;
      continue;
    }
    for (const value of data as ArrayLike<unknown> & Iterable<unknown>) values.push(leafOf(value));
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
 * Decompresses a page into a buffer of its own, with a header that describes it as uncompressed. A
 * value that claims to extend beyond the page then exceeds the buffer and is refused, and no view
 * keeps the whole chunk in memory.
 */
function unpackPage(
  body: Uint8Array,
  header: PageHeader,
  codec: CompressionCodec,
): { bytes: Uint8Array; header: PageHeader } {
  const unpack = decompressorOf(codec);
  if (!unpack) throw new Error(`compression by ${codec}`);
  const v2 = header.data_page_header_v2;
  // In version 2 pages the levels precede the values and are never compressed.
  const levels =
    header.type === 'DATA_PAGE_V2' && v2
      ? v2.repetition_levels_byte_length + v2.definition_levels_byte_length
      : 0;
  const size = header.uncompressed_page_size - levels;
  if (!isLength(levels, body.length) || size < 0) throw new Error('levels longer than their page');
  const packed = body.subarray(levels);
  const isPlain = header.type === 'DATA_PAGE_V2' && v2?.is_compressed === false;
  // Zero bytes may be compressed to zero bytes.
  const unpacked = isPlain || (size === 0 && packed.length === 0) ? packed : unpack(packed, size);
  if (unpacked.length !== size)
    throw new Error(`a page that unpacks to ${unpacked.length} bytes, where ${size} were expected`);
  const bytes =
    levels > 0 || unpacked.buffer === body.buffer
      ? joinedBytes([body.subarray(0, levels), unpacked])
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

/** Checks a page's runs and blocks. Returns its number of values, at most `left`. */
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
  // Number of bits of the largest level.
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
      // Without a dictionary hyparquet would return the indices as values.
      if (!hasDictionary) throw new Error('a page without its dictionary');
      // In version 1, indices of 0 bits have no runs: all values are the dictionary's first entry.
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
