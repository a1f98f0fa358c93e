import type { RgbImage } from '../../face-record';

/**
 * Exif's orientation numbers. 1 is as stored; from 5 on width and height are swapped.
 */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** A WebP's orientation and its position in the file. */
interface PlacedOrientation {
  readonly orientation: Orientation;
  /** Offset of the two-byte number in the file. */
  readonly at: number;
  readonly isLittle: boolean;
}

const ORIENTATION = 0x0112;
const SHORT = 3;

/**
 * The orientation in a WebP's `EXIF` chunk; null if there is none. Browsers rotate JPEG, PNG and
 * AVIF by themselves, but not WebP.
 */
export function webpOrientation(bytes: Uint8Array): Orientation | null {
  return placedOrientation(bytes)?.orientation ?? null;
}

/**
 * A copy of a WebP with its Exif orientation set to 1, so that no decoder rotates it in addition.
 */
export function withUprightOrientation(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const placed = placedOrientation(bytes);
  if (placed) new DataView(copy.buffer).setUint16(placed.at, 1, placed.isLittle);
  return copy;
}

function placedOrientation(bytes: Uint8Array): PlacedOrientation | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (name(0) !== 'RIFF' || name(8) !== 'WEBP') return null;
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    if (name(at) === 'EXIF')
      return inTiff(
        view,
        at + 8 + (name(at + 8) === 'Exif' ? 6 : 0),
        Math.min(bytes.length, at + 8 + length),
      );
    at += 8 + length + (length & 1);
  }
  return null;
}

/** Reads the orientation from the first directory of Exif data, which has TIFF format. */
function inTiff(view: DataView, start: number, end: number): PlacedOrientation | null {
  if (start + 8 > end) return null;
  const order = view.getUint16(start);
  if (order !== 0x4949 && order !== 0x4d4d) return null;
  const isLittle = order === 0x4949;
  const directory = start + view.getUint32(start + 4, isLittle);
  if (directory + 2 > end) return null;
  const entries = view.getUint16(directory, isLittle);
  for (let i = 0; i < entries && directory + 14 + 12 * i <= end; i++) {
    const entry = directory + 2 + 12 * i;
    if (
      view.getUint16(entry, isLittle) !== ORIENTATION ||
      view.getUint16(entry + 2, isLittle) !== SHORT
    )
      continue;
    const value = view.getUint16(entry + 8, isLittle);
    return value >= 1 && value <= 8
      ? { orientation: value as Orientation, at: entry + 8, isLittle }
      : null;
  }
  return null;
}

/** Rotates and mirrors a picture by its orientation. */
export function orientedBy(image: RgbImage, orientation: Orientation): RgbImage {
  if (orientation === 1) return image;
  const swaps = orientation >= 5;
  const [width, height] = swaps ? [image.height, image.width] : [image.width, image.height];
  const data = new Uint8Array(image.data.length);
  // Whether the stored picture is read from its right edge, and from its bottom.
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [sx, sy] = swaps ? [y, x] : [x, y];
      const row = fromBottom ? image.height - 1 - sy : sy;
      const column = fromRight ? image.width - 1 - sx : sx;
      const from = 3 * (row * image.width + column);
      const to = 3 * (y * width + x);
      for (let channel = 0; channel < 3; channel++)
        data[to + channel] = image.data[from + channel]!;
    }
  }
  return { width, height, data };
}
