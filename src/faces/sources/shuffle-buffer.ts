import type { SeededRandom } from '../../core/seeded-random';

/**
 * Holds `size` items and gives out a random one for each that comes in; the same draws give the
 * same order. A size of 0 or 1 leaves the order as it is.
 */
export async function* shuffleBuffer<T>(
  items: AsyncIterable<T>,
  size: number,
  random: SeededRandom,
): AsyncGenerator<T> {
  const room = Math.max(1, size);
  const held: T[] = [];
  for await (const item of items) {
    if (held.length < room) {
      held.push(item);
      continue;
    }
    const at = random.int(room);
    const out = held[at]!;
    held[at] = item;
    yield out;
  }
  while (held.length > 0) {
    const at = random.int(held.length);
    const out = held[at]!;
    held[at] = held.at(-1)!;
    held.pop();
    yield out;
  }
}
