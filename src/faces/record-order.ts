import type { SeededRandom } from '../formats/seeded-random';
import { shuffled } from '../formats/seeded-random';

/**
 * How the records of an epoch are put in order.
 * - `global`: a permutation of all of them, which needs reads at any place.
 * - `blocks`: blocks of neighbouring records in shuffled order, and a shuffle buffer over their stream: what tar shards
 *   allow, a block being a shard.
 */
export type ShuffleMode = 'global' | 'blocks';

/** A block of neighbouring rows, [from, to). */
export interface RowBlock {
  readonly from: number;
  readonly to: number;
}

/** Rows 0..count cut into blocks of `size`, the last one shorter. */
export function blocksOf(count: number, size: number): RowBlock[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => ({ from: i * size, to: Math.min(count, (i + 1) * size) }));
}

/** The order of an epoch's blocks (of rows, or of shards): as they are where nothing is to be shuffled. */
export function blockOrder<T>(blocks: readonly T[], shuffles: boolean, random: SeededRandom): readonly T[] {
  return shuffles ? shuffled(blocks, random) : blocks;
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
