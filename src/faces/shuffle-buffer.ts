import type { SeededRandom } from '../formats/seeded-random';

/** Holds `size` items and gives out a random one for each that comes in; the same draws give the same order. */
export async function* shuffleBuffer<T>(items: AsyncIterable<T>, size: number, random: SeededRandom): AsyncGenerator<T> {
  const held: T[] = [];
  for await (const item of items) {
    if (held.length < size) {
      held.push(item);
      continue;
    }
    const at = random.int(size);
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
