import type { RgbImage } from '../../face-record';

/** Contents of a BMP's headers. */
interface BmpHeader {
  readonly width: number;
  readonly height: number;
  /** Whether rows are stored top to bottom; usually they are stored bottom to top. */
  readonly isTopDown: boolean;
  readonly bits: number;
  /** 0: none; 1 and 2: run lengths of 8 and 4 bits; 3 and 6: masks. */
  readonly compression: number;
  /** Offsets of the palette, if any, and of the pixels. */
  readonly palette: number;
  readonly pixels: number;
  /** Bytes per colour of the palette, and number of colours. */
  readonly colourBytes: 3 | 4;
  readonly colours: number;
  /** Bit masks of red, green, blue and alpha; 0 if absent. */
  readonly masks: readonly [number, number, number, number];
}

const [PLAIN, RUNS_OF_8, RUNS_OF_4, MASKS, MASKS_AND_ALPHA] = [0, 1, 2, 3, 6];
const DAMAGED = 'its BMP header is damaged';

/**
 * The size of a BMP.
 * @throws Error whose message completes "it can't be read: …"
 */
export function bmpSize(bytes: Uint8Array): { width: number; height: number } {
  const { width, height } = headerOf(bytes);
  return { width, height };
}

/**
 * Decodes a BMP of Windows or OS/2 1.x: 1, 2, 4, 8, 16, 24 and 32 bits, with a palette, masks or
 * run lengths. Transparent pixels lie over white.
 * @throws Error whose message completes "it can't be decoded: …"
 */
export function decodeBmp(bytes: Uint8Array): RgbImage {
  const header = headerOf(bytes);
  const { width, height, compression } = header;
  const data = new Uint8Array(3 * width * height);
  if (compression === RUNS_OF_8 || compression === RUNS_OF_4) fillFromRuns(bytes, header, data);
  else fillFromRows(bytes, header, data);
  return { width, height, data };
}

function headerOf(bytes: Uint8Array): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 26) throw new Error(DAMAGED);
  const length = view.getUint32(14, true);
  const isOld = length === 12;
  if (!isOld && (length < 40 || bytes.length < 14 + length)) throw new Error(DAMAGED);
  const width = isOld ? view.getUint16(18, true) : view.getInt32(18, true);
  const rows = isOld ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(isOld ? 24 : 28, true);
  const compression = isOld ? PLAIN : view.getUint32(30, true);
  // Masks are in the header, or after it if it is too short for them.
  const areMasksAfter = length === 40 && (compression === MASKS || compression === MASKS_AND_ALPHA);
  const maskCount = areMasksAfter && compression === MASKS ? 3 : 4;
  const palette = 14 + length + (areMasksAfter ? 4 * maskCount : 0);
  const maskAt = (i: number) => {
    const headerBytes = i === 3 ? 56 : 52;
    const exists = areMasksAfter ? i < maskCount : length >= headerBytes;
    return exists && 54 + 4 * i + 4 <= bytes.length ? view.getUint32(54 + 4 * i, true) : 0;
  };
  const hasMasks = compression === MASKS || compression === MASKS_AND_ALPHA;
  const masks = hasMasks
    ? ([maskAt(0), maskAt(1), maskAt(2), maskAt(3)] as const)
    : usualMasks(bits);
  const used = isOld ? 0 : view.getUint32(46, true);
  const paletteSize = used > 0 && used < 2 ** bits ? used : 2 ** bits;
  const colours = bits <= 8 ? paletteSize : 0;
  if (!(width > 0 && rows !== 0) || !isKnown(bits, compression)) {
    throw new Error(
      width > 0 && rows !== 0
        ? `it is a BMP of ${bits} bits and compression ${compression}`
        : `its header says ${width} × ${rows} pixels`,
    );
  }
  return {
    width,
    height: Math.abs(rows),
    isTopDown: rows < 0,
    bits,
    compression,
    palette,
    pixels: view.getUint32(10, true),
    colourBytes: isOld ? 3 : 4,
    colours,
    masks,
  };
}

function isKnown(bits: number, compression: number): boolean {
  if (compression === RUNS_OF_8) return bits === 8;
  if (compression === RUNS_OF_4) return bits === 4;
  if (compression === MASKS || compression === MASKS_AND_ALPHA) return bits === 16 || bits === 32;
  return compression === PLAIN && [1, 2, 4, 8, 16, 24, 32].includes(bits);
}

/** Without masks the fourth byte of 32 bits is unused. */
const usualMasks = (bits: number) =>
  bits === 16 ? ([0x7c00, 0x3e0, 0x1f, 0] as const) : ([0xff0000, 0xff00, 0xff, 0] as const);

/** The palette as 256 RGB colours; entries beyond the stored palette are black. */
function paletteOf(
  bytes: Uint8Array,
  { palette, colourBytes, colours, pixels }: BmpHeader,
): Uint8Array {
  const rgb = new Uint8Array(3 * 256);
  const end = Math.min(bytes.length, Math.max(pixels, palette));
  for (let i = 0; i < colours && palette + colourBytes * (i + 1) <= end; i++) {
    for (let channel = 0; channel < 3; channel++)
      rgb[3 * i + channel] = bytes[palette + colourBytes * i + 2 - channel]!;
  }
  return rgb;
}

function fillFromRows(bytes: Uint8Array, header: BmpHeader, data: Uint8Array): void {
  const { width, height, bits, pixels, isTopDown } = header;
  const rowBytes = 4 * Math.ceil((width * bits) / 32);
  if (
    pixels < 26 ||
    pixels + rowBytes * (height - 1) + Math.ceil((width * bits) / 8) > bytes.length
  )
    throw new Error('it ends too early');
  const colours = paletteOf(bytes, header);
  const pixelOf = bits <= 8 ? null : maskedPixels(bytes, header);
  for (let y = 0; y < height; y++) {
    const row = pixels + rowBytes * (isTopDown ? y : height - 1 - y);
    for (let x = 0; x < width; x++) {
      const to = 3 * (y * width + x);
      if (pixelOf) {
        pixelOf(row + (x * bits) / 8, data, to);
        continue;
      }
      const index =
        (bytes[row + ((x * bits) >> 3)]! >> (8 - bits - ((x * bits) & 7))) & (2 ** bits - 1);
      data.set(colours.subarray(3 * index, 3 * index + 3), to);
    }
  }
}

/** Returns a function that reads the pixel at an offset and writes it as RGB over white. */
function maskedPixels(
  bytes: Uint8Array,
  { bits, masks, width, height, pixels }: BmpHeader,
): (at: number, data: Uint8Array, to: number) => void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bits / 8;
  const valueAt = (at: number) => {
    if (size === 2) return view.getUint16(at, true);
    if (size === 4) return view.getUint32(at, true);
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
  };
  const channels = masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    const max = mask >>> shift;
    return (value: number) => (max === 0 ? 0 : ((value & mask) >>> shift) / max);
  });
  const alphaOf = channels[3]!;
  const someAlpha = () => {
    for (let i = 0; i < width * height; i++)
      if (alphaOf(valueAt(pixels + size * i)) > 0) return true;
    return false;
  };
  // Programs without alpha support leave it 0 everywhere, which would make the picture all white.
  const hasAlpha = masks[3] !== 0 && someAlpha();
  return (at, data, to) => {
    const value = valueAt(at);
    const alpha = hasAlpha ? alphaOf(value) : 1;
    for (let channel = 0; channel < 3; channel++)
      data[to + channel] = Math.round(255 * (channels[channel]!(value) * alpha + 1 - alpha));
  };
}

/**
 * Decodes runs of one or two colours and literal pixels. Pixels that no run covers have the first
 * colour.
 */
function fillFromRuns(bytes: Uint8Array, header: BmpHeader, data: Uint8Array): void {
  const { width, height, bits, isTopDown } = header;
  const colours = paletteOf(bytes, header);
  const put = (x: number, y: number, index: number) => {
    if (x < width && y < height)
      data.set(
        colours.subarray(3 * index, 3 * index + 3),
        3 * ((isTopDown ? y : height - 1 - y) * width + x),
      );
  };
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) put(x, y, 0);
  /** The i-th of two 4-bit indices in a byte, the upper one first. */
  const nibble = (byte: number, i: number) => (byte >> (i & 1 ? 0 : 4)) & 15;
  const indexIn = (from: number, i: number) =>
    bits === 8 ? bytes[from + i]! : nibble(bytes[from + (i >> 1)]!, i);
  let at = header.pixels;
  let x = 0;
  let y = 0;
  while (at + 2 <= bytes.length && y < height) {
    const [count, value] = [bytes[at]!, bytes[at + 1]!];
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i++, x++) put(x, y, bits === 8 ? value : nibble(value, i));
    } else if (value === 0) {
      // End of line.
      x = 0;
      y++;
    } else if (value === 1) {
      // End of bitmap.
      return;
    } else if (value === 2) {
      // Move by an offset.
      x += bytes[at] ?? 0;
      y += bytes[at + 1] ?? 0;
      at += 2;
    } else {
      // Literal pixels, padded to an even number of bytes.
      const size = Math.ceil((value * bits) / 8);
      if (at + size > bytes.length) break;
      for (let i = 0; i < value; i++, x++) put(x, y, indexIn(at, i));
      at += size + (size & 1);
    }
  }
  if (y < height) throw new Error('it ends too early');
}
