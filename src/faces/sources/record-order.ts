import { seededRandom, shuffled, type SeededRandom } from '../../core/seeded-random';
import type { FaceRecord } from '../face-record';
import type { OpenOptions } from '../face-source';
import { shuffleBuffer } from './shuffle-buffer';

/** A block of consecutive rows, [from, to). */
export interface RowBlock {
  readonly from: number;
  readonly to: number;
}

/** Divides rows 0 to count − 1 into blocks of `size`; the last may be shorter. */
export function blocksOf(count: number, size: number): RowBlock[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => ({
    from: i * size,
    to: Math.min(count, (i + 1) * size),
  }));
}

/** The random generator that determines the order of an epoch. */
export const epochRandom = ({ seed, epoch }: Pick<OpenOptions, 'seed' | 'epoch'>): SeededRandom =>
  seededRandom(seed, epoch, 0x73687566);

/**
 * The records of blocks (ranges of rows, or shards) in the order of an epoch, without the first
 * `skip` records. Without shuffling the blocks keep their order.
 * @param recordsOf reads the given blocks one after another
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
  for await (const record of mixed) {
    if (toSkip > 0) toSkip--;
    else yield record;
  }
}

/** A random permutation of 0 to count − 1 (Fisher–Yates); takes four bytes per row. */
export function permutation(count: number, random: SeededRandom): Uint32Array {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  for (let i = count - 1; i > 0; i--) {
    const j = random.int(i + 1);
    const swapped = order[i]!;
    order[i] = order[j]!;
    order[j] = swapped;
  }
  return order;
}
