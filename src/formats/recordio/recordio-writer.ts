import { IMAGE_HEADER, MAX_RECORD, MAGIC, PART_HEADER } from './recordio';
import { StudioError } from '../../core/studio-error';

/** What the upper three bits of a length word say of a part. */
const [WHOLE, FIRST, MIDDLE, LAST] = [0, 1, 2, 3];

/**
 * A record as it lies in a `.rec`: its data cut at each magic number whose place 4 divides, which
 * is left out, so that a search for records meets none inside one; then zeros up to a multiple of
 * four bytes. As dmlc's own writer has it, byte for byte.
 * @throws StudioError `bad-source` for more than the 64 MiB that the reader takes
 */
export function encodeRecord(payload: Uint8Array): Uint8Array {
  if (payload.length > MAX_RECORD) {
    throw new StudioError(
      'bad-source',
      `A record of ${payload.length} bytes was to be written; at most ${MAX_RECORD} are read.`,
      'Scale the picture down.',
    );
  }
  const from = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const cuts: number[] = [];
  for (let at = 0; at + 4 <= payload.length; at += 4)
    if (from.getUint32(at, true) === MAGIC) cuts.push(at);
  // A cut takes four bytes out and brings a header of eight in; every part but the last has a
  // length that 4 divides.
  const bytes = new Uint8Array(PART_HEADER + 4 * cuts.length + 4 * Math.ceil(payload.length / 4));
  const to = new DataView(bytes.buffer);
  let [read, written] = [0, 0];
  const part = (kind: number, end: number) => {
    to.setUint32(written, MAGIC, true);
    to.setUint32(written + 4, ((kind << 29) | (end - read)) >>> 0, true);
    bytes.set(payload.subarray(read, end), written + PART_HEADER);
    written += PART_HEADER + end - read;
    read = end + 4;
  };
  // A magic number at the very beginning leaves an empty first part.
  for (const [i, cut] of cuts.entries()) part(i === 0 ? FIRST : MIDDLE, cut);
  part(cuts.length === 0 ? WHOLE : LAST, payload.length);
  return bytes;
}

/**
 * A record's data as MXNet's `recordio.pack` makes it.
 * @param label one number, which the header holds, or an array, which follows it
 * @param id what the record is numbered with, 0 ≤ id < 2^53
 * @param image the encoded picture; empty where the record has none
 * @throws StudioError `bad-source` for a label that float32 doesn't hold exactly
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
  const bytes = new Uint8Array(IMAGE_HEADER + 4 * labels.length + image.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, labels.length, true);
  view.setFloat32(4, typeof label === 'number' ? label : 0, true);
  view.setUint32(8, id % 2 ** 32, true);
  view.setUint32(12, Math.floor(id / 2 ** 32), true);
  labels.forEach((value, i) => view.setFloat32(IMAGE_HEADER + 4 * i, value, true));
  bytes.set(image, IMAGE_HEADER + 4 * labels.length);
  return bytes;
}
