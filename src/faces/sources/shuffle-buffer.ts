import type { SeededRandom } from '../../core/seeded-random';

/**
 * Holds `size` items and yields a random one for each that arrives. The order depends only on the
 * random generator. A size of 0 or 1 keeps the order.
 */
export async function* shuffleBuffer<T>(
  items: AsyncIterable<T>,
  size: number,
  random: SeededRandom,
): AsyncGenerator<T> {
  const capacity = Math.max(1, size);
  const held: T[] = [];
  for await (const item of items) {
    if (held.length < capacity) {
      held.push(item);
      continue;
    }
    const at = random.int(capacity);
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
