import { StudioError } from '../../core/studio-error';

/** Little-endian, at the start of every part of a record (dmlc `recordio.h`). */
export const MAGIC = 0xced7230a;
/** Magic number and length word. */
export const PART_HEADER_BYTES = 8;
/** The largest record that is read, in bytes; a face crop has some kilobytes. */
export const MAX_RECORD_BYTES = 64 * 2 ** 20;

/** Kinds of parts: the upper three bits of the length word. */
export const [WHOLE, FIRST, MIDDLE, LAST] = [0, 1, 2, 3];
const KINDS = ['whole', 'first', 'middle', 'last'];

/** Where a record lies in an array of bytes. */
export interface Extent {
  /** Length of its data, with the magic numbers that the writer left out. */
  readonly length: number;
  /** Where its last part begins. */
  readonly lastPart: number;
  /** Where its padding ends. */
  readonly end: number;
}

/**
 * Finds the parts of the record at `start`. Returns a number if `bytes` end before it does: the
 * length that `bytes` must have at least, before the next try.
 * @param start where it begins in `bytes`
 * @param limit where the file ends or the next record begins, counted from `bytes[0]`
 * @param base offset of `bytes` in the file, for messages
 * @throws StudioError `bad-shard` with the offset
 */
export function extentOf(
  bytes: Uint8Array,
  start: number,
  limit: number,
  name: string,
  base: number,
): Extent | number {
  const view = viewOf(bytes);
  let length = 0;
  for (let from = start; ;) {
    const isInside = from > start;
    const data = from + PART_HEADER_BYTES;
    if (data > limit)
      throw damaged(
        name,
        base + from,
        `${Math.max(0, limit - from)} bytes where ${isInside ? 'a record goes on' : 'one begins'}`,
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
    if ((kind === MIDDLE || kind === LAST) !== isInside)
      throw damaged(
        name,
        base + from,
        `a ${KINDS[kind]} part where ${isInside ? 'a record goes on' : 'one begins'}`,
      );
    length += claimed + (isInside ? 4 : 0);
    if (length > MAX_RECORD_BYTES)
      throw damaged(
        name,
        base + from,
        `a record that claims ${length} bytes or more; at most ${MAX_RECORD_BYTES} are read`,
      );
    if (data + claimed > limit)
      throw damaged(
        name,
        base + from,
        `a part of ${claimed} bytes, of which ${limit - data} are there`,
      );
    if (data + claimed > bytes.length) return data + claimed;
    const end = Math.min(limit, data + claimed + ((4 - (claimed % 4)) % 4));
    if (kind === WHOLE || kind === LAST) return { length, lastPart: from, end };
    from = end;
  }
}

/** The data of a record, its parts joined by the magic numbers that the writer left out. */
export function dataOf(bytes: Uint8Array, start: number, { length, lastPart }: Extent): Uint8Array {
  if (lastPart === start)
    return bytes.subarray(start + PART_HEADER_BYTES, start + PART_HEADER_BYTES + length);
  const view = viewOf(bytes);
  const result = new Uint8Array(length);
  const target = viewOf(result);
  let from = start;
  let filled = 0;
  for (;;) {
    const part = view.getUint32(from + 4, true) & 0x1fffffff;
    result.set(bytes.subarray(from + PART_HEADER_BYTES, from + PART_HEADER_BYTES + part), filled);
    filled += part;
    if (from === lastPart) return result;
    target.setUint32(filled, MAGIC, true);
    filled += 4;
    from += PART_HEADER_BYTES + part + ((4 - (part % 4)) % 4);
  }
}

/**
 * The first offset in [from, to), in steps of four bytes, where a record can begin; null if there
 * is none.
 */
export function beginningIn(bytes: Uint8Array, from: number, to: number): number | null {
  const view = viewOf(bytes);
  for (let at = from; at + PART_HEADER_BYTES <= to; at += 4) {
    if (view.getUint32(at, true) !== MAGIC) continue;
    const kind = view.getUint32(at + 4, true) >>> 29;
    if (kind === WHOLE || kind === FIRST) return at;
  }
  return null;
}

/** Whether the magic number lies at an offset. */
export const isMagic = (bytes: Uint8Array, at: number): boolean =>
  at + 4 <= bytes.length && viewOf(bytes).getUint32(at, true) === MAGIC;

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The error of damage at an offset of a file. */
export function damaged(name: string, offset: number, found: string): StudioError {
  return new StudioError(
    'bad-shard',
    `${name} has ${found}, at byte ${offset}.`,
    'Get the file again, with the index that belongs to it.',
  );
}
