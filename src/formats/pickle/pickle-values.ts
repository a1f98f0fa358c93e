/**
 * Parsers for the operands of opcodes: numbers and texts in several notations. All throw a plain
 * Error.
 */

/** Characters of a decimal integer. */
const MAX_DECIMAL_LENGTH = 5000;
const MAX_LONG_BYTES = 2 ** 20;

/** A number where that is exact, the bigint itself otherwise. */
export function exact(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;
}

/** A two's complement integer, little-endian, of up to a mebibyte; 0 for no bytes. */
export function longOf(bytes: Uint8Array): number | bigint {
  if (bytes.length > MAX_LONG_BYTES)
    throw new Error(`an integer of ${bytes.length} bytes; at most ${MAX_LONG_BYTES} are read`);
  if (bytes.length === 0) return 0;
  const digits: string[] = [];
  for (let i = bytes.length - 1; i >= 0; i--) digits.push(bytes[i]!.toString(16).padStart(2, '0'));
  return exact(BigInt.asIntN(8 * bytes.length, BigInt(`0x${digits.join('')}`)));
}

/** A decimal integer. Its length is bounded, because parsing decimals takes quadratic time. */
export function decimalOf(text: string): number | bigint {
  if (text.length > MAX_DECIMAL_LENGTH || !/^\s*[-+]?\d+\s*$/.test(text))
    throw new Error(`"${text.slice(0, 40)}", which is no whole number`);
  return exact(BigInt(text.trim().replace(/^\+/, '')));
}

/** A float as Python's repr writes it. */
export function floatOf(text: string): number {
  const named = new Map([
    ['nan', NaN],
    ['inf', Infinity],
    ['-inf', -Infinity],
  ]).get(text);
  if (named !== undefined) return named;
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text))
    throw new Error(`"${text.slice(0, 40)}", which is no number`);
  return Number(text);
}

/**
 * Decodes each byte to the character of the same code, U+0000 to U+00FF. `TextDecoder('latin1')`
 * would decode windows-1252.
 */
export function latin1Of(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

/** The inverse of {@link latin1Of}: Python's `_codecs.encode(text, 'latin1')`. */
export function encodeLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255) throw new Error(`a text with U+${code.toString(16)} for a byte string`);
    bytes[i] = code;
  }
  return bytes;
}

/** Decodes UTF-8, and throws for anything else. */
export function utf8Of(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error('a text that is not UTF-8');
  }
}

/** The one-letter escapes in Python 2's repr of a byte string. */
const ESCAPES: ReadonlyMap<number, number> = new Map(
  Object.entries({ '\\': 92, "'": 39, '"': 34, a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 }).map(
    ([letter, byte]) => [letter.charCodeAt(0), byte],
  ),
);

/** Parses Python 2's repr of a byte string, quotes included. A view if nothing is escaped. */
export function quotedBytes(line: Uint8Array): Uint8Array {
  const quote = line[0];
  if (line.length < 2 || (quote !== 0x27 && quote !== 0x22) || line[line.length - 1] !== quote)
    throw new Error('a string without its quotes');
  const inner = line.subarray(1, line.length - 1);
  if (!inner.includes(0x5c)) return inner;
  const bytes = new Uint8Array(inner.length);
  let filled = 0;
  for (let i = 0; i < inner.length; i++) {
    if (inner[i] !== 0x5c) {
      bytes[filled++] = inner[i]!;
      continue;
    }
    const letter = inner[++i];
    const plain = letter === undefined ? undefined : ESCAPES.get(letter);
    if (plain !== undefined) {
      bytes[filled++] = plain;
      continue;
    }
    const rest = latin1Of(inner.subarray(i, i + 3));
    const isHex = letter === 0x78;
    const digits = (isHex ? /^x[0-9a-f]{2}/i : /^[0-3]?[0-7]{1,2}/).exec(rest)?.[0];
    if (!digits) throw new Error(`a string with an unknown escape at its byte ${i}`);
    bytes[filled++] = parseInt(digits.replace('x', ''), isHex ? 16 : 8);
    i += digits.length - 1;
  }
  return bytes.slice(0, filled);
}

/** Decodes Python's raw-unicode-escape: Latin-1 with \uXXXX and \UXXXXXXXX. */
export function rawUnicodeOf(line: Uint8Array): string {
  return latin1Of(line).replace(
    /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g,
    (_, short?: string, long?: string) => {
      // Two escaped surrogates in a row form one character beyond U+FFFF by themselves.
      if (short !== undefined) return String.fromCharCode(parseInt(short, 16));
      const code = parseInt(long!, 16);
      if (code > 0x10ffff) throw new Error('a text with a character beyond U+10FFFF');
      return String.fromCodePoint(code);
    },
  );
}
