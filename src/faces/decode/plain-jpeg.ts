/**
 * Longest side in pixels of a plain JPEG, see {@link plainJpegSize}. Crops are far below it,
 * photographs above.
 */
export const MAX_PLAIN_SIDE = 1024;

const [BASELINE, PROGRESSIVE, SCAN, APP1] = [0xc0, 0xc2, 0xda, 0xe1];

/**
 * Width and height of a JPEG whose stored pixels need no conversion: 8 bits, grey or three
 * channels, at most {@link MAX_PLAIN_SIDE} pixels per side, without an APP1 segment (Exif), and not
 * cut off. Null for every other file, which may still be a valid picture.
 */
export function plainJpegSize(bytes: Uint8Array): { width: number; height: number } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const last = bytes.length - 2;
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8 || view.getUint16(last) !== 0xffd9)
    return null;
  let size: { width: number; height: number } | null = null;
  // All segments before the pixels have a length. The condition stops at a length past the end.
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

/** Whether a marker is a start of frame; C4, C8 and CC are tables or reserved. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
