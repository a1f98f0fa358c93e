import type { RgbImage } from '../../face-record';

/** Contents of a Netpbm header. */
interface NetpbmHeader {
  /** P1 to P6: bits, grey and colour as digits (1 to 3), then as bytes (4 to 6). */
  readonly kind: number;
  readonly width: number;
  readonly height: number;
  /** The value of white. */
  readonly maxValue: number;
  /** Offset of the pixels. */
  readonly pixels: number;
}

/**
 * The size of a PBM, PGM or PPM.
 * @throws Error whose message completes "it can't be read: …"
 */
export function netpbmSize(bytes: Uint8Array): { width: number; height: number } {
  const { width, height } = headerOf(bytes);
  return { width, height };
}

/**
 * Decodes a PBM, PGM or PPM (P1 to P6) of up to 16 bits, the form of face sets of the nineties.
 * @throws Error whose message completes "it can't be decoded: …"
 */
export function decodeNetpbm(bytes: Uint8Array): RgbImage {
  const { kind, width, height, maxValue, pixels } = headerOf(bytes);
  const channels = kind % 3 === 0 ? 3 : 1;
  const valueAt =
    kind <= 3
      ? digits(bytes, pixels, kind === 1, width * height * channels)
      : binary(bytes, { kind, width, height, maxValue, pixels });
  const data = new Uint8Array(3 * width * height);
  // A bit of 1 is black.
  const scaled =
    kind % 3 === 1
      ? (value: number) => 255 * (1 - value)
      : (value: number) => Math.round((255 * Math.min(value, maxValue)) / maxValue);
  for (let i = 0; i < data.length; i++)
    data[i] = scaled(valueAt(channels === 3 ? i : Math.floor(i / 3)));
  return { width, height, data };
}

function headerOf(bytes: Uint8Array): NetpbmHeader {
  const kind = bytes[1]! - 0x30;
  const tokens = tokensFrom(bytes, 2);
  const next = () => tokens.next().value ?? { value: NaN, end: 0 };
  const [width, height] = [next(), next()];
  const last = kind % 3 === 1 ? null : next();
  const maxValue = last?.value ?? 1;
  if (!(width.value > 0 && height.value > 0 && maxValue > 0 && maxValue < 65_536))
    throw new Error('its Netpbm header is damaged');
  // A single white space separates the header from the pixels.
  return {
    kind,
    width: width.value,
    height: height.value,
    maxValue,
    pixels: (last ?? height).end + 1,
  };
}

/** Whole numbers between white space and comments; NaN for other tokens. */
function* tokensFrom(
  bytes: Uint8Array,
  from: number,
): Generator<{ value: number; end: number }, undefined> {
  for (let at = from; at < bytes.length;) {
    if (bytes[at] === 0x23)
      while (at < bytes.length && bytes[at] !== 0x0a && bytes[at] !== 0x0d) at++;
    else if (isSpace(bytes[at]!)) at++;
    else {
      const start = at;
      while (at < bytes.length && !isSpace(bytes[at]!) && bytes[at] !== 0x23) at++;
      const text = String.fromCharCode(...bytes.subarray(start, Math.min(at, start + 12)));
      yield { value: /^\d{1,9}$/.test(text) ? Number(text) : NaN, end: at };
    }
  }
}

const isSpace = (byte: number) => byte === 0x20 || (byte >= 9 && byte <= 13);
const TOO_SHORT = 'it ends too early';

/** Values written as digits; bits need no white space between them. */
function digits(
  bytes: Uint8Array,
  from: number,
  areBits: boolean,
  count: number,
): (i: number) => number {
  // At least a digit and a space per value.
  if (bytes.length - from < (areBits ? count : 2 * count - 1)) throw new Error(TOO_SHORT);
  const values = new Uint16Array(count);
  let found = 0;
  if (areBits) {
    for (let at = from; at < bytes.length && found < count; at++)
      if (bytes[at] === 0x30 || bytes[at] === 0x31) values[found++] = bytes[at]! - 0x30;
  } else {
    for (const { value } of tokensFrom(bytes, from)) {
      if (Number.isNaN(value))
        throw new Error('there is something other than numbers among its pixels');
      values[found++] = Math.min(value, 65_535);
      if (found === count) break;
    }
  }
  if (found < count) throw new Error(TOO_SHORT);
  return (i) => values[i]!;
}

function binary(
  bytes: Uint8Array,
  { kind, width, height, maxValue, pixels }: NetpbmHeader,
): (i: number) => number {
  const channels = kind === 6 ? 3 : 1;
  const valueBytes = maxValue > 255 ? 2 : 1;
  const rowBytes = kind === 4 ? Math.ceil(width / 8) : width * channels * valueBytes;
  const size = rowBytes * height;
  if (pixels + size > bytes.length) throw new Error(TOO_SHORT);
  if (kind === 4) {
    return (i) => {
      const column = i % width;
      const byte = bytes[pixels + rowBytes * Math.floor(i / width) + (column >> 3)]!;
      return (byte >> (7 - (column & 7))) & 1;
    };
  }
  return maxValue > 255
    ? (i) => 256 * bytes[pixels + 2 * i]! + bytes[pixels + 2 * i + 1]!
    : (i) => bytes[pixels + i]!;
}
