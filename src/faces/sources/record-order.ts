import { seededRandom, shuffled, type SeededRandom } from '../../core/seeded-random';
import type { FaceRecord } from '../face-record';
import type { OpenOptions } from '../face-source';
import { shuffleBuffer } from './shuffle-buffer';

/** A block of neighbouring rows, [from, to). */
export interface RowBlock {
  readonly from: number;
  readonly to: number;
}

/** Rows 0..count cut into blocks of `size`, the last one shorter. */
export function blocksOf(count: number, size: number): RowBlock[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => ({
    from: i * size,
    to: Math.min(count, (i + 1) * size),
  }));
}

/** What every order of an epoch is drawn from. */
export const epochRandom = ({ seed, epoch }: Pick<OpenOptions, 'seed' | 'epoch'>): SeededRandom =>
  seededRandom(seed, epoch, 0x73687566);

/**
 * The records of blocks (of rows, or shards) in an epoch's order, without those that a resumed run
 * has read: blocks as they are where nothing is to be shuffled.
 * @param recordsOf reads the blocks that it is given, one after another
 */
export async function* inBlocks<T>(
  blocks: readonly T[],
  recordsOf: (order: readonly T[]) => AsyncIterable<FaceRecord>,
  { shuffleBuffer: size, skip = 0 }: OpenOptions,
  random: SeededRandom,
): AsyncGenerator<FaceRecord> {
  const records = recordsOf(size > 0 ? shuffled(blocks, random) : blocks);
  const mixed = size > 1 ? shuffleBuffer(records, size, random) : records;
  let toSkip = skip;
  for await (const record of mixed) if (toSkip-- <= 0) yield record;
}

/** A permutation of 0..count, four bytes a row (Fisher–Yates). */
export function permutation(count: number, random: SeededRandom): Uint32Array {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  for (let i = count - 1; i > 0; i--) {
    const j = random.int(i + 1);
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}
