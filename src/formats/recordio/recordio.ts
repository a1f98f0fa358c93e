import type { ByteSource } from '../bytes/byte-source';
import { StudioError } from '../../core/studio-error';

/** Little-endian, at the start of every part of a record (dmlc `recordio.h`). */
export const MAGIC = 0xced7230a;
/** Magic and length word. */
export const PART_HEADER = 8;
/** MXNet's `IRHeader`, struct 'IfQQ'. */
export const IMAGE_HEADER = 24;
/** The largest record that is read, in bytes; a face crop is some kilobytes. */
export const MAX_RECORD = 64 * 2 ** 20;
/** Bytes read at once while a file is looked through. */
const WINDOW = 4 * 2 ** 20;
/**
 * Room up to which a record is read together with all of it; in more, its own length is looked for
 * first.
 */
const ONE_READ = 256 * 2 ** 10;
const FIRST_LOOK = 16 * 2 ** 10;

/** What the upper three bits of a length word say of a part. */
const [WHOLE, FIRST, MIDDLE, LAST] = [0, 1, 2, 3];
const KINDS = ['whole', 'first', 'middle', 'last'];

/** Bytes with records among them, to be read at any place: a file, or a part of one. */
export type RecordBytes = Pick<ByteSource, 'name' | 'size' | 'read'>;

/** One record of an image set (MXNet's `recordio.unpack`). */
export interface ImageRecord {
  /** How many labels follow the header; 0 where it holds the only one itself. */
  readonly flag: number;
  /** At least one: the header's own where `flag` is 0, else the `flag` labels that follow it. */
  readonly labels: Float32Array;
  /** What the writer numbered the record with; beyond 2^53 not exact. */
  readonly id: number;
  /** The encoded picture: a view; empty for records that hold none. */
  readonly image: Uint8Array;
}

/** A record and its place in the file. */
export interface ScannedRecord {
  /** Of its first part's magic number, in bytes. */
  readonly offset: number;
  /** Behind its padding, in bytes. */
  readonly end: number;
  readonly record: ImageRecord;
}

/** How a file is looked through. */
export interface ScanOptions {
  /** Told of the bytes passed, every few megabytes and at the end. */
  readonly onProgress?: (done: number, total: number) => void;
  /**
   * Told of each damaged place, and the search goes on at the next record; without it, the first
   * one is thrown.
   */
  readonly onDamage?: (error: StudioError) => void;
  readonly signal?: AbortSignal;
}

/** Where a record lies among bytes. */
interface Extent {
  /** Of its data, the magic numbers put back that it was cut at. */
  readonly length: number;
  /** Where its last part begins. */
  readonly lastPart: number;
  /** Behind its padding. */
  readonly end: number;
}

/**
 * The data of the record that begins at `bytes[0]`: a view, or a new array where it lies in parts.
 * A writer cuts data at each magic number whose place 4 divides and leaves that out; here it is put
 * back.
 * @param at where `bytes` lies in the file, for messages
 * @throws StudioError `bad-shard` with the offset: no magic, a length beyond `bytes`, parts that
 * don't follow each other
 */
export function payloadOf(bytes: Uint8Array, name: string, at: number): Uint8Array {
  return dataOf(bytes, 0, extentOf(bytes, 0, bytes.length, name, at) as Extent);
}

/**
 * Where the record that begins at `bytes[0]` ends, its padding included, in bytes.
 * @param at where `bytes` lies in the file, for messages
 * @throws StudioError as {@link payloadOf}
 */
export function recordEnd(bytes: Uint8Array, name: string, at: number): number {
  return (extentOf(bytes, 0, bytes.length, name, at) as Extent).end;
}

/**
 * Reads labels and picture out of a record's data. @throws StudioError `bad-shard` where it is too
 * short for what it claims
 */
export function imageRecordOf(payload: Uint8Array, name: string, at: number): ImageRecord {
  if (payload.length < IMAGE_HEADER)
    throw damaged(
      name,
      at,
      `a record of ${payload.length} bytes; an image's header takes ${IMAGE_HEADER}`,
    );
  const view = viewOf(payload);
  const flag = view.getUint32(0, true);
  const start = IMAGE_HEADER + 4 * flag;
  if (start > payload.length)
    throw damaged(name, at, `a record of ${payload.length} bytes that claims ${flag} labels`);
  const labels = new Float32Array(Math.max(1, flag));
  for (let i = 0; i < labels.length; i++)
    labels[i] = view.getFloat32(flag === 0 ? 4 : IMAGE_HEADER + 4 * i, true);
  return {
    flag,
    labels,
    id: view.getUint32(8, true) + 2 ** 32 * view.getUint32(12, true),
    image: payload.subarray(start),
  };
}

/**
 * The record at an offset. One read, unless the room is larger than a picture needs.
 * @param room bytes from the offset to the next record, where that is known: the record takes no
 * more
 * @throws StudioError `bad-shard` with the offset; whatever the source throws
 */
export async function readRecord(
  source: ByteSource,
  offset: number,
  room = Infinity,
  signal?: AbortSignal,
): Promise<ImageRecord> {
  const most = Math.min(room, source.size - offset);
  for (let length = most <= ONE_READ ? most : FIRST_LOOK; ;) {
    const bytes = await source.read(offset, length, signal);
    const extent = extentOf(bytes, 0, most, source.name, offset);
    if (typeof extent !== 'number') {
      // What lies behind must not be kept, or copied to a worker, with each picture.
      const own =
        2 * extent.end < bytes.length ? new Uint8Array(bytes.subarray(0, extent.end)) : bytes;
      return imageRecordOf(dataOf(own, 0, extent), source.name, offset);
    }
    length = Math.min(most, Math.max(extent, 2 * length));
  }
}

/**
 * The image records of a file in its order, a few megabytes held at a time, or the largest record.
 * A picture is a view of those: who keeps it copies it.
 * @throws StudioError `bad-shard` for a file that doesn't begin as RecordIO, and for damage that
 * nobody is told of; whatever the source throws
 */
export async function* scanRecords(
  source: RecordBytes,
  { onProgress, onDamage, signal }: ScanOptions = {},
): AsyncGenerator<ScannedRecord> {
  const { name, size } = source;
  let [window, base] = [new Uint8Array() as Uint8Array, 0];
  let lost = false;
  const damage = (thrown: unknown, fatal = false) => {
    if (fatal || !onDamage || !(thrown instanceof StudioError)) throw thrown;
    onDamage(thrown);
  };
  // Twice as many bytes each time, up to a limit, so that a record in many parts, or false ones,
  // are not read over and over.
  const load = async (from: number, needed: number) => {
    signal?.throwIfAborted();
    const twice = Math.min(2 * MAX_RECORD, 2 * (base + window.length - from));
    [window, base] = [
      await source.read(from, Math.min(size - from, Math.max(WINDOW, needed, twice)), signal),
      from,
    ];
    onProgress?.(from, size);
  };
  for (let offset = 0; offset < size;) {
    const start = offset - base;
    const complete = base + window.length === size;
    if (lost) {
      const found = beginningIn(window, start, window.length);
      lost = found === null;
      if (found !== null) offset = base + found;
      else if (complete) break;
      else {
        offset = base + Math.max(start, window.length - (window.length % 4) - 4);
        await load(offset, PART_HEADER);
      }
      continue;
    }
    let extent: Extent | number;
    try {
      extent = extentOf(window, start, size - base, name, base);
    } catch (thrown) {
      damage(thrown, offset === 0);
      [offset, lost] = [Math.min(size, offset + 4), true];
      continue;
    }
    const reach = typeof extent === 'number' ? extent : extent.end + 4;
    if (!complete && reach > window.length) {
      await load(offset, reach - start);
      continue;
    }
    if (typeof extent === 'number') throw damaged(name, offset, 'less than its size says');
    if (base + extent.end < size && !isMagic(window, extent.end)) {
      // Nothing begins behind it. Its data holds no beginning either, unless its length is wrong
      // and it swallows others.
      const swallowed = beginningIn(window, extent.lastPart + PART_HEADER, extent.end);
      if (swallowed !== null) {
        damage(
          damaged(
            name,
            base + extent.lastPart,
            `a part of ${extent.end - extent.lastPart - PART_HEADER} bytes with other ` +
              'records in it',
          ),
        );
        offset = base + swallowed;
        continue;
      }
    }
    const end = base + extent.end;
    let record: ImageRecord | null = null;
    try {
      record = imageRecordOf(dataOf(window, start, extent), name, offset);
    } catch (thrown) {
      damage(thrown);
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
    source.size - offset >= PART_HEADER &&
    beginningIn(await source.read(offset, PART_HEADER, signal), 0, PART_HEADER) === 0
  );
}

/**
 * Where a record lies among bytes that may end before it does; then, up to where they have to
 * reach.
 * @param start where it begins; `room` where the file or the next record begins or ends, both from
 * `bytes[0]`
 * @param base of `bytes` in the file, for messages
 */
function extentOf(
  bytes: Uint8Array,
  start: number,
  room: number,
  name: string,
  base: number,
): Extent | number {
  const view = viewOf(bytes);
  let length = 0;
  for (let from = start; ;) {
    const inside = from > start;
    const data = from + PART_HEADER;
    if (data > room)
      throw damaged(
        name,
        base + from,
        `${Math.max(0, room - from)} bytes where ${inside ? 'a record goes on' : 'one begins'}`,
      );
    if (data > bytes.length) return data;
    const magic = view.getUint32(from, true);
    if (magic !== MAGIC)
      throw damaged(
        name,
        base + from,
        `0x${magic.toString(16)} where a record's 0x${MAGIC.toString(16)} was expected`,
      );
    const word = view.getUint32(from + 4, true);
    const [kind, claimed] = [word >>> 29, word & 0x1fffffff];
    if (kind > LAST)
      throw damaged(name, base + from, `a part of kind ${kind}; 0 to 3 were expected`);
    if ((kind === MIDDLE || kind === LAST) !== inside)
      throw damaged(
        name,
        base + from,
        `a ${KINDS[kind]} part where ${inside ? 'a record goes on' : 'one begins'}`,
      );
    length += claimed + (inside ? 4 : 0);
    if (length > MAX_RECORD)
      throw damaged(
        name,
        base + from,
        `a record that claims ${length} bytes or more; at most ${MAX_RECORD} are read`,
      );
    if (data + claimed > room)
      throw damaged(
        name,
        base + from,
        `a part of ${claimed} bytes, of which ${room - data} are there`,
      );
    if (data + claimed > bytes.length) return data + claimed;
    const end = Math.min(room, data + claimed + ((4 - (claimed % 4)) % 4));
    if (kind === WHOLE || kind === LAST) return { length, lastPart: from, end };
    from = end;
  }
}

function dataOf(bytes: Uint8Array, start: number, { length, lastPart }: Extent): Uint8Array {
  if (lastPart === start) return bytes.subarray(start + PART_HEADER, start + PART_HEADER + length);
  const view = viewOf(bytes);
  const result = new Uint8Array(length);
  const target = viewOf(result);
  for (let [from, filled] = [start, 0]; ;) {
    const part = view.getUint32(from + 4, true) & 0x1fffffff;
    result.set(bytes.subarray(from + PART_HEADER, from + PART_HEADER + part), filled);
    filled += part;
    if (from === lastPart) return result;
    target.setUint32(filled, MAGIC, true);
    filled += 4;
    from += PART_HEADER + part + ((4 - (part % 4)) % 4);
  }
}

/**
 * The first place in [from, to), 4 dividing its distance from `from`, where a record can begin;
 * null where there is none.
 */
function beginningIn(bytes: Uint8Array, from: number, to: number): number | null {
  const view = viewOf(bytes);
  for (let at = from; at + PART_HEADER <= to; at += 4) {
    if (view.getUint32(at, true) !== MAGIC) continue;
    const kind = view.getUint32(at + 4, true) >>> 29;
    if (kind === WHOLE || kind === FIRST) return at;
  }
  return null;
}

const isMagic = (bytes: Uint8Array, at: number): boolean =>
  at + 4 <= bytes.length && viewOf(bytes).getUint32(at, true) === MAGIC;

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function damaged(name: string, offset: number, found: string): StudioError {
  return new StudioError(
    'bad-shard',
    `${name} has ${found}, at byte ${offset}.`,
    'Get the file again, with the index that belongs to it.',
  );
}
