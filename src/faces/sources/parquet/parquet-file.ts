import {
  parquetMetadata,
  parquetSchema,
  type CompressionCodec,
  type FileMetaData,
  type RowGroup,
} from 'hyparquet';
import type { ByteSource } from '../../../formats/bytes/byte-source';
import { StudioError } from '../../../core/studio-error';
import { codecs } from './parquet-codecs';
import { decodeChunk, type LeafColumn, type LeafValue } from './parquet-column';
import { structEnd } from './parquet-guard';
import { chooseColumns, type FaceColumns } from './parquet-schema';

const MEBIBYTE = 2 ** 20;
/** The footer takes a few hundred bytes per column and row group. */
const MAX_FOOTER_BYTES = 128 * MEBIBYTE;
/**
 * Bytes of one row group's needed columns, compressed or not, which are held in memory at a time.
 */
const MAX_GROUP_BYTES = 512 * MEBIBYTE;
/** Rows of one row group; pyarrow writes up to 2^20 by default. */
const MAX_GROUP_ROWS = 2 ** 22;
/** The last four bytes, little-endian: "PAR1", or "PARE" after an encrypted footer. */
const MAGIC = 0x31524150;
const MAGIC_ENCRYPTED = 0x45524150;

/** Position of a row group's compressed column in the file. */
interface Chunk {
  /** In bytes, as is `length`. */
  readonly offset: number;
  readonly length: number;
  readonly codec: CompressionCodec;
}

/**
 * A row group, with the needed columns only, so that the footer with thousands of groups can be
 * freed.
 */
interface ParquetGroup {
  /** At least 1. */
  readonly rows: number;
  readonly image: Chunk;
  readonly label: Chunk;
  readonly key: Chunk | null;
}

/** A decoded row group; each column has one value per row. */
export interface GroupValues {
  readonly images: readonly LeafValue[];
  readonly labels: readonly LeafValue[];
  /** Null without a column of keys. */
  readonly keys: readonly LeafValue[] | null;
  /** Size of the values in memory, in bytes. */
  readonly bytes: number;
}

/** The reason for a footer that can't be parsed at all. */
const INVALID_FOOTER = 'its fields do not fit together';

/** Creates a `bad-source` error that names the file. */
type Fail = (found: string, nextStep?: string, cause?: unknown) => StudioError;

/** A Parquet file of labelled pictures: its parsed footer, and its row groups on demand. */
export class ParquetFile {
  private constructor(
    readonly source: ByteSource,
    readonly columns: FaceColumns,
    /** Non-empty row groups, in the file's order. */
    readonly groups: readonly ParquetGroup[],
  ) {}

  get name(): string {
    return this.source.name;
  }

  /**
   * Reads the footer: the last eight bytes, then the length that they state.
   * @throws StudioError `bad-source` if it is not a Parquet file, has no column of pictures or of
   * labels (the columns found are named), or has row groups that are too large or use an
   * unsupported codec; whatever `source` throws
   */
  static async open(source: ByteSource, signal?: AbortSignal): Promise<ParquetFile> {
    const fail: Fail = (
      found,
      nextStep = 'Get the file again: it may be cut short, or no Parquet file.',
      cause,
    ) => new StudioError('bad-source', `${source.name} ${found}.`, nextStep, { cause });
    const { metadata, footerAt } = await readFooter(source, fail, signal);
    try {
      const columns = chooseColumns(parquetSchema(metadata));
      if (typeof columns === 'string')
        throw fail(
          columns,
          'Choose files with a column of encoded pictures and one of whole-number labels.',
        );
      const groups = metadata.row_groups.flatMap(
        (group, index) => groupOf(group, index, columns, footerAt, fail) ?? [],
      );
      return new ParquetFile(source, columns, groups);
    } catch (thrown) {
      if (thrown instanceof StudioError) throw thrown;
      throw fail(
        `has a footer that can't be read: ${reasonOf(thrown, INVALID_FOOTER)}`,
        undefined,
        thrown,
      );
    }
  }

  /**
   * Reads and decodes row group `index` of {@link groups}, with one range request per needed
   * column.
   * @throws StudioError `bad-shard` if it is damaged; whatever `source` throws
   */
  async readGroup(index: number, signal?: AbortSignal): Promise<GroupValues> {
    const group = this.groups[index]!;
    const parts: { chunk: Chunk; column: LeafColumn }[] = [
      { chunk: group.image, column: this.columns.image },
      { chunk: group.label, column: this.columns.label },
    ];
    if (group.key && this.columns.key) parts.push({ chunk: group.key, column: this.columns.key });
    const packed = await Promise.all(
      parts.map(({ chunk }) => this.source.read(chunk.offset, chunk.length, signal)),
    );
    let bytes = 0;
    const [images, labels, keys] = parts.map(({ chunk, column }, i) => {
      try {
        const part = decodeChunk(
          packed[i]!,
          column,
          chunk.codec,
          group.rows,
          MAX_GROUP_BYTES - bytes,
        );
        bytes += part.bytes;
        return part.values;
      } catch (cause) {
        throw new StudioError(
          'bad-shard',
          `${this.name} is damaged in row group ${index}: its column ${column.name} has ` +
            `${reasonOf(cause, 'values that do not fit their page')}.`,
          'Get the file again.',
          { cause },
        );
      }
    });
    return { images: images!, labels: labels!, keys: keys ?? null, bytes };
  }
}

/**
 * Number of rows of a file with any columns.
 * @throws StudioError `bad-source` if it is not a Parquet file; whatever `source` throws
 */
export async function rowsIn(source: ByteSource, signal?: AbortSignal): Promise<number> {
  const fail: Fail = (found, nextStep = 'Get the file again.', cause) =>
    new StudioError('bad-source', `${source.name} ${found}.`, nextStep, { cause });
  const { metadata } = await readFooter(source, fail, signal);
  return metadata.row_groups.reduce((sum, { num_rows: rows }) => sum + Number(rows), 0);
}

async function readFooter(
  source: ByteSource,
  fail: Fail,
  signal: AbortSignal | undefined,
): Promise<{ metadata: FileMetaData; footerAt: number }> {
  if (source.size < 12) throw fail(`has ${source.size} bytes; a Parquet file has at least 12`);
  const tail = await source.read(source.size - 8, 8, signal);
  const view = new DataView(tail.buffer, tail.byteOffset, 8);
  if (view.getUint32(4, true) === MAGIC_ENCRYPTED)
    throw fail('is an encrypted Parquet file', 'Write it again without encryption.');
  if (view.getUint32(4, true) !== MAGIC) throw fail('does not end as a Parquet file does');
  const length = view.getUint32(0, true);
  if (length > source.size - 12)
    throw fail(`claims a footer of ${length} bytes; the file has ${source.size}`);
  if (length > MAX_FOOTER_BYTES)
    throw fail(
      `has a footer of ${inMebibytes(length)}; at most ${inMebibytes(MAX_FOOTER_BYTES)} are read`,
      'Write it again with fewer, larger row groups.',
    );
  const footerAt = source.size - 8 - length;
  const footer = await source.read(footerAt, length, signal);
  try {
    structEnd(footer, 0);
    const whole = new Uint8Array(length + 8);
    whole.set(footer);
    whole.set(tail, length);
    return { metadata: parquetMetadata(whole, { geoparquet: false }), footerAt };
  } catch (cause) {
    throw fail(
      `has a footer that can't be read: ${reasonOf(cause, INVALID_FOOTER)}`,
      undefined,
      cause,
    );
  }
}

/** Validates a row group against the file; null if it has no rows. */
function groupOf(
  group: RowGroup,
  index: number,
  columns: FaceColumns,
  footerAt: number,
  fail: Fail,
): ParquetGroup | null {
  const rows = Number(group.num_rows);
  if (rows === 0) return null;
  const which = `row group ${index}`;
  if (!(rows > 0 && rows <= MAX_GROUP_ROWS))
    throw fail(
      `has a ${which} of ${rows} rows; at most ${MAX_GROUP_ROWS} are read`,
      'Write it again with smaller row groups.',
    );
  let packed = 0;
  let unpacked = 0;
  const chunkOf = (column: LeafColumn): Chunk => {
    const path = column.path.slice(1).map(({ element }) => element.name);
    const chunk = group.columns.find(
      ({ meta_data: meta }) =>
        meta?.path_in_schema.length === path.length &&
        path.every((name, i) => meta.path_in_schema[i] === name),
    );
    const meta = chunk?.meta_data;
    if (!meta || meta.type !== column.type || Number(meta.num_values) !== rows)
      throw fail(`does not describe its column ${column.name} in ${which}`);
    if (chunk.file_path || chunk.crypto_metadata)
      throw fail(
        `keeps its column ${column.name} encrypted or in another file`,
        'Write it again as one plain file.',
      );
    if (!codecs.includes(meta.codec))
      throw fail(
        `is packed with ${meta.codec}; ${codecs.join(', ')} are read`,
        'Write it again with one of these.',
      );
    // A dictionary precedes the data; some writers omit its offset or set it to 0.
    const dictionary = Number(meta.dictionary_page_offset ?? 0);
    const data = Number(meta.data_page_offset);
    const offset = dictionary > 0 && dictionary < data ? dictionary : data;
    const length = Number(meta.total_compressed_size);
    if (!(offset >= 4 && length >= 0 && offset + length <= footerAt))
      throw fail(
        `claims bytes ${offset} to ${offset + length} of ${footerAt} for its column ${column.name}`,
      );
    packed += length;
    unpacked += Number(meta.total_uncompressed_size);
    return { offset, length, codec: meta.codec };
  };
  const found = {
    rows,
    image: chunkOf(columns.image),
    label: chunkOf(columns.label),
    key: columns.key && chunkOf(columns.key),
  };
  const size = Math.max(packed, unpacked);
  if (!(size <= MAX_GROUP_BYTES)) {
    const most = inMebibytes(MAX_GROUP_BYTES);
    throw fail(
      `has a ${which} of ${inMebibytes(size)}; at most ${most} are read at once`,
      'Write it again with smaller row groups, such as row_group_size=10000 in pyarrow.',
    );
  }
  return found;
}

function inMebibytes(bytes: number): string {
  return `${Math.ceil(bytes / MEBIBYTE)} MiB`;
}

/**
 * The reason of an error. hyparquet fails on most damage with a TypeError or RangeError, whose
 * messages are replaced by `otherwise`.
 */
function reasonOf(thrown: unknown, otherwise: string): string {
  return thrown instanceof Error && !(thrown instanceof TypeError || thrown instanceof RangeError)
    ? thrown.message
    : otherwise;
}
