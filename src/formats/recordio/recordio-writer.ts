import {
  FIRST,
  LAST,
  MAGIC,
  MAX_RECORD_BYTES,
  MIDDLE,
  PART_HEADER_BYTES,
  WHOLE,
} from './record-parts';
import { IMAGE_HEADER_BYTES } from './recordio';
import { StudioError } from '../../core/studio-error';

/**
 * Encodes a record as dmlc's own writer does, byte for byte. The data are cut into parts at each
 * magic number whose offset is a multiple of four, and that number is left out, so that a search
 * for records never finds one inside another. Zeros fill the last part up to a multiple of four
 * bytes.
 * @throws StudioError `bad-source` for more than the 64 MiB that the reader accepts
 */
export function encodeRecord(payload: Uint8Array): Uint8Array {
  if (payload.length > MAX_RECORD_BYTES) {
    throw new StudioError(
      'bad-source',
      `A record of ${payload.length} bytes was to be written; ` +
        `at most ${MAX_RECORD_BYTES} are read.`,
      'Scale the picture down.',
    );
  }
  const from = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const cuts: number[] = [];
  for (let at = 0; at + 4 <= payload.length; at += 4)
    if (from.getUint32(at, true) === MAGIC) cuts.push(at);
  // A cut removes four bytes and adds a header of eight. Every part but the last has a length that
  // is a multiple of four.
  const bytes = new Uint8Array(
    PART_HEADER_BYTES + 4 * cuts.length + 4 * Math.ceil(payload.length / 4),
  );
  const to = new DataView(bytes.buffer);
  let read = 0;
  let written = 0;
  const writePart = (kind: number, end: number) => {
    to.setUint32(written, MAGIC, true);
    to.setUint32(written + 4, ((kind << 29) | (end - read)) >>> 0, true);
    bytes.set(payload.subarray(read, end), written + PART_HEADER_BYTES);
    written += PART_HEADER_BYTES + end - read;
    read = end + 4;
  };
  // A magic number at the very beginning leaves an empty first part.
  for (const [i, cut] of cuts.entries()) writePart(i === 0 ? FIRST : MIDDLE, cut);
  writePart(cuts.length === 0 ? WHOLE : LAST, payload.length);
  return bytes;
}

/**
 * A record's data as MXNet's `recordio.pack` makes them.
 * @param label one number, which the header holds, or an array, which follows it
 * @param id 0 ≤ id < 2^53
 * @param image the encoded picture; empty for a record without one
 * @throws StudioError `bad-source` for a label that is not exact in float32
 */
export function imagePayload(
  label: number | readonly number[],
  id: number,
  image: Uint8Array,
): Uint8Array {
  const labels = typeof label === 'number' ? [] : label;
  for (const value of typeof label === 'number' ? [label] : label) {
    if (Math.fround(value) !== value)
      throw new StudioError(
        'bad-source',
        `The label ${value} is not exact in float32, which RecordIO keeps labels in.`,
        'Pack with --relabel, or as tar shards.',
      );
  }
  const bytes = new Uint8Array(IMAGE_HEADER_BYTES + 4 * labels.length + image.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, labels.length, true);
  view.setFloat32(4, typeof label === 'number' ? label : 0, true);
  view.setUint32(8, id % 2 ** 32, true);
  view.setUint32(12, Math.floor(id / 2 ** 32), true);
  labels.forEach((value, i) => view.setFloat32(IMAGE_HEADER_BYTES + 4 * i, value, true));
  bytes.set(image, IMAGE_HEADER_BYTES + 4 * labels.length);
  return bytes;
}
