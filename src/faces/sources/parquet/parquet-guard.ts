/**
 * Checks on a Parquet file before hyparquet reads it. hyparquet trusts the file: a run length of
 * 2^30 makes it fill an array of that length, an endless varint builds a number of as many bits,
 * and some delta headers cause an endless loop. Each check follows hyparquet's reader, and throws a
 * plain Error if decoding could take more time or memory than the number of bytes justifies.
 */

/** Nesting of structs and lists; Parquet's own headers nest six deep. */
const MAX_DEPTH = 16;
/** Largest delta block in values; writers use 128. */
const MAX_DELTA_BLOCK = 65536;
/**
 * Groups of eight values by which a bit-packed run may exceed the number of values: writers pad
 * runs to up to 504 values.
 */
const MAX_PADDING_GROUPS = 64;

/** A read position that never moves past the end. */
class Cursor {
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
      // A boolean field is encoded in its type and takes no further byte.
      if (type > 2) this.skipValue(type, depth);
    }
  }

  skipValue(type: number, depth: number): void {
    if (depth > MAX_DEPTH) throw new Error(`values nested more than ${MAX_DEPTH} deep`);
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
    // Each element takes at least one byte, so hyparquet's array can't be longer than the bytes.
    if (size > this.left) throw new Error(`a list of ${size}, where ${this.left} bytes are left`);
    for (let i = 0; i < size; i++) this.skipValue(head & 15, depth + 1);
  }
}

/**
 * The end offset of the Thrift struct (compact protocol) that begins at `at`.
 * @throws Error if it is cut off, nests too deep, or claims lengths beyond `bytes`
 */
export function structEnd(bytes: Uint8Array, at: number): number {
  const cursor = new Cursor(bytes, at);
  cursor.skipStruct(0);
  return cursor.at;
}

/**
 * Checks the runs (RLE and bit-packed) of up to `count` values of `width` bits from `at` on, up to
 * the end of `bytes` or where the values are complete.
 * @throws Error for a run longer than all values
 */
export function checkRuns(bytes: Uint8Array, at: number, width: number, count: number): void {
  if (width > 32) throw new Error(`values of ${width} bits`);
  const cursor = new Cursor(bytes, at);
  for (let seen = 0; seen < count && cursor.left > 0;) {
    const head = cursor.length();
    const length = head >>> 1;
    if (head & 1) {
      // For runs of 0 groups or 0 bits hyparquet reads one byte too many, and then other runs than
      // those checked here.
      if (length === 0 || width === 0 || length > count / 8 + MAX_PADDING_GROUPS)
        throw new Error(`a run of ${8 * length} values among ${count}`);
      seen += 8 * length;
      cursor.at += length * width;
    } else {
      if (length > count) throw new Error(`a run of ${length} values among ${count}`);
      seen += length;
      cursor.at += (width + 7) >> 3;
    }
  }
}

/**
 * Checks that an LZ4 block unpacks to `size` bytes, without unpacking it.
 * @throws Error if it is cut off, or unpacks to another size
 */
export function checkLz4(block: Uint8Array, size: number): void {
  const cursor = new Cursor(block, 0);
  const length = (bits: number): number => {
    let value = bits;
    if (bits === 15) {
      for (let byte = 255; byte === 255; value += byte) byte = cursor.byte();
    }
    return value;
  };
  let unpacked = 0;
  while (cursor.left > 0) {
    const token = cursor.byte();
    const literals = length(token >> 4);
    cursor.skip(literals);
    unpacked += literals;
    // The last sequence consists of literals only.
    if (cursor.left === 0) break;
    cursor.skip(2);
    unpacked += length(token & 15) + 4;
    if (unpacked > size) break;
  }
  if (unpacked === size) return;
  throw new Error(`a block of ${unpacked} bytes, where ${size} were expected`);
}

/**
 * Checks the header of delta-packed integers at `at`: block size, miniblocks, count, first value.
 * @throws Error for sizes with which reading might not end
 */
export function checkDeltas(bytes: Uint8Array, at: number): void {
  const cursor = new Cursor(bytes, at);
  const block = cursor.length();
  const parts = cursor.length();
  const isSound = parts > 0 && block > 0 && block <= MAX_DELTA_BLOCK && block % (8 * parts) === 0;
  if (!isSound) throw new Error(`delta blocks of ${block} values in ${parts} parts`);
}
