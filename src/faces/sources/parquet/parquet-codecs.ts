import type { CompressionCodec } from 'hyparquet';
import {
  decompressBrotli,
  decompressLz4Raw,
  decompressSnappy,
  decompressZstd,
  gunzip,
} from 'hyparquet-compressors';
import { checkLz4 } from './parquet-guard';

/** Decompresses a page into `size` bytes. */
type Decompress = (packed: Uint8Array, size: number) => Uint8Array;

/**
 * The codecs that are read. Except for Brotli, a damaged page never allocates more than its stated
 * size. Brotli's decoder allocates what the blocks in the page state; the excess is detected
 * afterwards.
 */
const decompressors = new Map<CompressionCodec, Decompress>([
  ['UNCOMPRESSED', (packed) => packed],
  ['SNAPPY', unpackSnappy],
  ['GZIP', (packed, size) => gunzip(packed, new Uint8Array(size))],
  // Passing a buffer keeps the decoder from allocating as much as the page claims.
  ['ZSTD', (packed, size) => decompressZstd(packed, new Uint8Array(size))],
  ['BROTLI', decompressBrotli],
  ['LZ4_RAW', unpackLz4],
  ['LZ4', unpackFramedLz4],
]);

/** Names of the codecs that are read. */
export const codecs: readonly string[] = [...decompressors.keys()];

/** The decompressor of a codec; undefined if it isn't read. */
export const decompressorOf = (codec: CompressionCodec): Decompress | undefined =>
  decompressors.get(codec);

function unpackLz4(packed: Uint8Array, size: number): Uint8Array {
  checkLz4(packed, size);
  return decompressLz4Raw(packed, size);
}

/**
 * Decompresses the deprecated LZ4 codec. Hadoop writes blocks that each follow two big-endian
 * lengths (unpacked and packed); other writers use the same name for one bare block.
 * @param size expected number of unpacked bytes
 * @throws Error for damage
 */
export function unpackFramedLz4(packed: Uint8Array, size: number): Uint8Array {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  const blocks: { from: number; to: number; at: number; size: number }[] = [];
  let from = 0;
  let at = 0;
  while (from + 8 <= packed.length && at <= size) {
    const to = from + 8 + view.getUint32(from + 4);
    const block = { from: from + 8, to, at, size: view.getUint32(from) };
    blocks.push(block);
    from = block.to;
    at += block.size;
  }
  if (from !== packed.length || at !== size) return unpackLz4(packed, size);
  const result = new Uint8Array(size);
  for (const block of blocks) {
    result.set(unpackLz4(packed.subarray(block.from, block.to), block.size), block.at);
  }
  return result;
}

function unpackSnappy(packed: Uint8Array, size: number): Uint8Array {
  // The decoder writes as much as the page itself claims, so the claim is checked first.
  let claimed = 0;
  for (let i = 0; i < 5; i++) {
    claimed += ((packed[i] ?? 0) & 127) * 128 ** i;
    if ((packed[i] ?? 0) < 128) break;
  }
  if (claimed !== size) throw new Error(`a page of ${claimed} bytes, where ${size} were expected`);
  return decompressSnappy(packed, size);
}
