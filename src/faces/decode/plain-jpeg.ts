/**
 * The longest side, in pixels, of what {@link plainJpegSize} calls plain: crops are far below it,
 * photographs above.
 */
export const MAX_PLAIN_SIDE = 1024;

const [BASELINE, PROGRESSIVE, SCAN, APP1] = [0xc0, 0xc2, 0xda, 0xe1];

/**
 * Width and height of a JPEG whose stored pixels are the picture: 8 bits, grey or three colours, at
 * most {@link MAX_PLAIN_SIDE} a side, without the segment that Exif would be in, and with an end.
 * Null for every other file, which may be a picture all the same.
 */
export function plainJpegSize(bytes: Uint8Array): { width: number; height: number } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const last = bytes.length - 2;
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8 || view.getUint16(last) !== 0xffd9)
    return null;
  let size: { width: number; height: number } | null = null;
  // Up to the pixels every segment has a length; one that leads past the end is met by the
  // condition.
  for (let at = 2; at + 12 <= last; at += 2 + view.getUint16(at + 2)) {
    const marker = bytes[at + 1]!;
    if (bytes[at] !== 0xff || marker < BASELINE || marker === APP1 || view.getUint16(at + 2) < 2)
      return null;
    if (marker === SCAN) return size;
    if (!isFrame(marker)) continue;
    const [bits, height, width, components] = [
      bytes[at + 4],
      view.getUint16(at + 5),
      view.getUint16(at + 7),
      bytes[at + 9],
    ];
    const fits = Math.min(width, height) > 0 && Math.max(width, height) <= MAX_PLAIN_SIDE;
    const isUsual = marker <= PROGRESSIVE && bits === 8 && (components === 1 || components === 3);
    if (size || !isUsual || !fits) return null;
    size = { width, height };
  }
  return null;
}

/** Start of a frame of any coding; C4, C8 and CC are tables and reserved. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
