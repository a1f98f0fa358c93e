import type { ByteSource } from '../bytes/byte-source';
import {
  beginningIn,
  damaged,
  dataOf,
  extentOf,
  isMagic,
  MAX_RECORD_BYTES,
  PART_HEADER_BYTES,
  viewOf,
  type Extent,
} from './record-parts';
import { StudioError } from '../../core/studio-error';

/** MXNet's `IRHeader`, struct 'IfQQ'. */
export const IMAGE_HEADER_BYTES = 24;
/** A scan reads this many bytes at a time. */
const WINDOW_BYTES = 4 * 2 ** 20;
/**
 * Up to this distance to the next record, everything between is read at once. Beyond it, a short
 * first read finds out the record's length.
 */
const MAX_SINGLE_READ_BYTES = 256 * 2 ** 10;
const FIRST_READ_BYTES = 16 * 2 ** 10;

/** Bytes that hold records, with random access: a file, or a part of one. */
export type RecordBytes = Pick<ByteSource, 'name' | 'size' | 'read'>;

/** One record of an image set (MXNet's `recordio.unpack`). */
export interface ImageRecord {
  /** How many labels follow the header; 0 if the header itself holds the only one. */
  readonly flag: number;
  /** At least one: the header's own if `flag` is 0, else the `flag` labels that follow it. */
  readonly labels: Float32Array;
  /** The number that the writer gave the record; inexact beyond 2^53. */
  readonly id: number;
  /** The encoded picture: a view; empty for records that hold none. */
  readonly image: Uint8Array;
}

/** A record and its offsets in the file. */
export interface ScannedRecord {
  /** Offset of its first part's magic number, in bytes. */
  readonly offset: number;
  /** Offset of the byte behind its padding. */
  readonly end: number;
  readonly record: ImageRecord;
}

/** Options of {@link scanRecords}. */
export interface ScanOptions {
  /** Called with the bytes passed over, every few megabytes and at the end. */
  readonly onProgress?: (done: number, total: number) => void;
  /**
   * Called for each damaged place; the scan continues at the next record. Without it, the first
   * damage is thrown.
   */
  readonly onDamage?: (error: StudioError) => void;
  readonly signal?: AbortSignal;
}

/**
 * The data of the record that begins at `bytes[0]`: a view, or a new array if it has several parts.
 * The writer cuts data at each magic number whose offset is a multiple of four and leaves that
 * number out; here it is inserted again.
 * @param at offset of `bytes` in the file, for messages
 * @throws StudioError `bad-shard` with the offset: no magic, a length beyond `bytes`, parts in a
 * wrong order
 */
export function payloadOf(bytes: Uint8Array, name: string, at: number): Uint8Array {
  return dataOf(bytes, 0, extentOf(bytes, 0, bytes.length, name, at) as Extent);
}

/**
 * Where the record that begins at `bytes[0]` ends, its padding included, in bytes.
 * @param at offset of `bytes` in the file, for messages
 * @throws StudioError as {@link payloadOf}
 */
export function recordEnd(bytes: Uint8Array, name: string, at: number): number {
  return (extentOf(bytes, 0, bytes.length, name, at) as Extent).end;
}

/**
 * Reads labels and picture out of a record's data.
 * @throws StudioError `bad-shard` where it is too short for the labels that it claims
 */
export function imageRecordOf(payload: Uint8Array, name: string, at: number): ImageRecord {
  if (payload.length < IMAGE_HEADER_BYTES)
    throw damaged(
      name,
      at,
      `a record of ${payload.length} bytes; an image's header takes ${IMAGE_HEADER_BYTES}`,
    );
  const view = viewOf(payload);
  const flag = view.getUint32(0, true);
  const start = IMAGE_HEADER_BYTES + 4 * flag;
  if (start > payload.length)
    throw damaged(name, at, `a record of ${payload.length} bytes that claims ${flag} labels`);
  const labels = new Float32Array(Math.max(1, flag));
  for (let i = 0; i < labels.length; i++)
    labels[i] = view.getFloat32(flag === 0 ? 4 : IMAGE_HEADER_BYTES + 4 * i, true);
  return {
    flag,
    labels,
    id: view.getUint32(8, true) + 2 ** 32 * view.getUint32(12, true),
    image: payload.subarray(start),
  };
}

/**
 * The record at an offset. Takes one read, unless `room` is much larger than a picture.
 * @param room bytes from the offset to the next record, if known: the record takes no more
 * @throws StudioError `bad-shard` with the offset; whatever the source throws
 */
export async function readRecord(
  source: ByteSource,
  offset: number,
  room = Infinity,
  signal?: AbortSignal,
): Promise<ImageRecord> {
  const maxBytes = Math.min(room, source.size - offset);
  let length = maxBytes <= MAX_SINGLE_READ_BYTES ? maxBytes : FIRST_READ_BYTES;
  for (;;) {
    const bytes = await source.read(offset, length, signal);
    const extent = extentOf(bytes, 0, maxBytes, source.name, offset);
    if (typeof extent !== 'number') {
      // Copied, so that the bytes behind the record are not kept or sent to a worker with it.
      const own =
        2 * extent.end < bytes.length ? new Uint8Array(bytes.subarray(0, extent.end)) : bytes;
      return imageRecordOf(dataOf(own, 0, extent), source.name, offset);
    }
    length = Math.min(maxBytes, Math.max(extent, 2 * length));
  }
}

/**
 * The image records of a file in its order. Holds a few megabytes at a time, or the largest record.
 * A picture is a view of those: copy it to keep it.
 * @throws StudioError `bad-shard` for a file that doesn't begin as RecordIO, and for damage if
 * there is no `onDamage`; whatever the source throws
 */
export async function* scanRecords(
  source: RecordBytes,
  { onProgress, onDamage, signal }: ScanOptions = {},
): AsyncGenerator<ScannedRecord> {
  const { name, size } = source;
  let window: Uint8Array = new Uint8Array();
  /** Offset of `window` in the file. */
  let base = 0;
  /** Whether the next record has to be searched for, after damage. */
  let isLost = false;
  const reportDamage = (thrown: unknown, fatal = false) => {
    if (fatal || !onDamage || !(thrown instanceof StudioError)) throw thrown;
    onDamage(thrown);
  };
  // Each read doubles, up to a limit, so that a record in many parts, or a false beginning, doesn't
  // cause reads over and over.
  const load = async (from: number, needed: number) => {
    signal?.throwIfAborted();
    const twice = Math.min(2 * MAX_RECORD_BYTES, 2 * (base + window.length - from));
    const length = Math.min(size - from, Math.max(WINDOW_BYTES, needed, twice));
    window = await source.read(from, length, signal);
    base = from;
    onProgress?.(from, size);
  };
  for (let offset = 0; offset < size;) {
    const start = offset - base;
    const isLastWindow = base + window.length === size;
    if (isLost) {
      const found = beginningIn(window, start, window.length);
      isLost = found === null;
      if (found !== null) offset = base + found;
      else if (isLastWindow) break;
      else {
        offset = base + Math.max(start, window.length - (window.length % 4) - 4);
        await load(offset, PART_HEADER_BYTES);
      }
      continue;
    }
    let extent: Extent | number;
    try {
      extent = extentOf(window, start, size - base, name, base);
    } catch (thrown) {
      reportDamage(thrown, offset === 0);
      offset = Math.min(size, offset + 4);
      isLost = true;
      continue;
    }
    const neededEnd = typeof extent === 'number' ? extent : extent.end + 4;
    if (!isLastWindow && neededEnd > window.length) {
      await load(offset, neededEnd - start);
      continue;
    }
    if (typeof extent === 'number') throw damaged(name, offset, 'less than its size says');
    if (base + extent.end < size && !isMagic(window, extent.end)) {
      // No record begins behind it. If one begins inside its data, its length is wrong and covers
      // other records.
      const covered = beginningIn(window, extent.lastPart + PART_HEADER_BYTES, extent.end);
      if (covered !== null) {
        const partLength = extent.end - extent.lastPart - PART_HEADER_BYTES;
        reportDamage(
          damaged(
            name,
            base + extent.lastPart,
            `a part of ${partLength} bytes with other records in it`,
          ),
        );
        offset = base + covered;
        continue;
      }
    }
    const end = base + extent.end;
    let record: ImageRecord | null = null;
    try {
      record = imageRecordOf(dataOf(window, start, extent), name, offset);
    } catch (thrown) {
      reportDamage(thrown);
    }
    if (record) yield { offset, end, record };
    offset = end;
  }
  onProgress?.(size, size);
}

/** Whether a record's first part begins at the offset. @throws whatever the source throws */
export async function beginsRecord(
  source: RecordBytes,
  offset: number,
  signal?: AbortSignal,
): Promise<boolean> {
  return (
    source.size - offset >= PART_HEADER_BYTES &&
    beginningIn(await source.read(offset, PART_HEADER_BYTES, signal), 0, PART_HEADER_BYTES) === 0
  );
}
