/**
 * What is checked in a Parquet file before hyparquet reads it. hyparquet believes what a file says:
 * a run length of 2^30 makes it fill an array of 2^30, a varint without an end a number of that
 * many bits, some delta headers a loop without an end. Each check walks as hyparquet's reader does,
 * and throws a plain Error where that could take longer than the bytes are many.
 */

/** Structs and lists within each other; Parquet's own go to six. */
const DEEPEST = 16;
/** The largest delta block; writers use 128 values. */
const MAX_BLOCK = 65536;
/**
 * Groups of eight values in a bit-packed run that may lie behind the last value: writers fill up
 * runs of up to 504 values.
 */
const SPARE_GROUPS = 64;

/** A place in bytes that moves on, never past their end. */
class Walk {
  constructor(
    readonly bytes: Uint8Array,
    public at: number,
  ) {}

  get left(): number {
    return this.bytes.length - this.at;
  }

  byte(): number {
    if (this.left <= 0) throw new Error('bytes that break off');
    return this.bytes[this.at++]!;
  }

  skip(length: number): void {
    if (length > this.left) throw new Error(`${length} bytes, where ${this.left} are left`);
    this.at += length;
  }

  /** An unsigned LEB128 number below 2^31, which hyparquet reads to the same value. */
  length(): number {
    let value = 0;
    for (let scale = 1, i = 0; i < 5; i++, scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128 && value < 2 ** 31) return value;
    }
    throw new Error('a length beyond 2^31');
  }

  skipVarint(): void {
    for (let i = 0; i < 10; i++) if (this.byte() < 128) return;
    throw new Error('a number of more than 64 bits');
  }

  skipStruct(depth: number): void {
    for (;;) {
      const head = this.byte();
      const type = head & 15;
      if (type === 0) return;
      if (head < 16) this.skipVarint();
      // In a field a truth is its type and takes no byte.
      if (type > 2) this.skipValue(type, depth);
    }
  }

  skipValue(type: number, depth: number): void {
    if (depth > DEEPEST) throw new Error(`values nested more than ${DEEPEST} deep`);
    if (type <= 3) this.skip(1);
    else if (type <= 6) this.skipVarint();
    else if (type === 7) this.skip(8);
    else if (type === 8) this.skip(this.length());
    else if (type === 9) this.skipList(depth);
    else if (type === 12) this.skipStruct(depth + 1);
    else throw new Error(`a Thrift value of type ${type}`);
  }

  skipList(depth: number): void {
    const head = this.byte();
    const size = head >> 4 === 15 ? this.length() : head >> 4;
    // No element takes less than a byte, so that hyparquet's array is never longer than the bytes.
    if (size > this.left) throw new Error(`a list of ${size}, where ${this.left} bytes are left`);
    for (let i = 0; i < size; i++) this.skipValue(head & 15, depth + 1);
  }
}

/**
 * Where the Thrift struct (compact protocol) that begins at `at` ends.
 * @throws Error when it breaks off, nests too deep, or claims lengths beyond `bytes`
 */
export function structEnd(bytes: Uint8Array, at: number): number {
  const walk = new Walk(bytes, at);
  walk.skipStruct(0);
  return walk.at;
}

/**
 * Checks the runs (RLE and bit-packed) of up to `count` values of `width` bits from `at` on, up to
 * the end of `bytes` or where the values are complete.
 * @throws Error for a run longer than all values
 */
export function checkRuns(bytes: Uint8Array, at: number, width: number, count: number): void {
  if (width > 32) throw new Error(`values of ${width} bits`);
  const walk = new Walk(bytes, at);
  for (let seen = 0; seen < count && walk.left > 0;) {
    const head = walk.length();
    const length = head >>> 1;
    if (head & 1) {
      // Of no groups, or of no bits, hyparquet reads a byte too many and would find other runs than
      // these.
      if (length === 0 || width === 0 || length > count / 8 + SPARE_GROUPS)
        throw new Error(`a run of ${8 * length} values among ${count}`);
      seen += 8 * length;
      walk.at += length * width;
    } else {
      if (length > count) throw new Error(`a run of ${length} values among ${count}`);
      seen += length;
      walk.at += (width + 7) >> 3;
    }
  }
}

/**
 * Checks that an LZ4 block unpacks to so many bytes, before any of them is made.
 * @throws Error where it breaks off, is more or less
 */
export function checkLz4(block: Uint8Array, size: number): void {
  const walk = new Walk(block, 0);
  const length = (bits: number): number => {
    let value = bits;
    if (bits === 15) {
      for (let byte = 255; byte === 255; value += byte) byte = walk.byte();
    }
    return value;
  };
  let unpacked = 0;
  while (walk.left > 0) {
    const token = walk.byte();
    const literals = length(token >> 4);
    walk.skip(literals);
    unpacked += literals;
    // The last sequence is literals alone.
    if (walk.left === 0) break;
    walk.skip(2);
    unpacked += length(token & 15) + 4;
    if (unpacked > size) break;
  }
  if (unpacked === size) return;
  throw new Error(`a block of ${unpacked} bytes, where ${size} were expected`);
}

/**
 * Checks the header of delta-packed integers at `at`: block size, miniblocks, count, first value.
 * @throws Error for sizes with which reading need not end
 */
export function checkDeltas(bytes: Uint8Array, at: number): void {
  const walk = new Walk(bytes, at);
  const [block, parts] = [walk.length(), walk.length()];
  const sound = parts > 0 && block > 0 && block <= MAX_BLOCK && block % (8 * parts) === 0;
  if (!sound) throw new Error(`delta blocks of ${block} values in ${parts} parts`);
}
