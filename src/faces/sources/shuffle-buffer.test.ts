import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/seeded-random';
import { shuffleBuffer } from './shuffle-buffer';

const COUNT = 50;
const numbers = Array.from({ length: COUNT }, (_, i) => i);

async function* stream(onRead: (item: number) => void = () => undefined): AsyncGenerator<number> {
  for (const item of numbers) {
    onRead(item);
    yield item;
  }
}

async function orderOf(size: number, seed = 1): Promise<number[]> {
  const order: number[] = [];
  for await (const item of shuffleBuffer(stream(), size, seededRandom(seed))) order.push(item);
  return order;
}

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);

describe('the shuffle buffer', () => {
  it.each([2, 7, COUNT, 1000])('yields every item once, reordered: size %i', async (size) => {
    const order = await orderOf(size);
    expect(order).not.toEqual(numbers);
    expect(sorted(order)).toEqual(numbers);
  });

  it.each([0, 1])('keeps the order: size %i', async (size) => {
    expect(await orderOf(size)).toEqual(numbers);
  });

  it('has an order that depends only on the seed', async () => {
    expect(await orderOf(7, 1)).toEqual(await orderOf(7, 1));
    expect(await orderOf(7, 1)).not.toEqual(await orderOf(7, 2));
  });

  it('holds no more than its size', async () => {
    let [read, given] = [0, 0];
    const counted = stream(() => void read++);
    for await (const item of shuffleBuffer(counted, 7, seededRandom(1))) {
      expect(item).toBeLessThan(read);
      expect(read - given++).toBeLessThanOrEqual(8);
    }
    expect(given).toBe(COUNT);
  });

  it('may yield any item of the full buffer first', async () => {
    const firsts = await Promise.all(
      Array.from({ length: 60 }, async (_, seed) => (await orderOf(4, seed))[0]!),
    );
    expect(sorted([...new Set(firsts)])).toEqual([0, 1, 2, 3]);
  });

  it('yields nothing for an empty source', async () => {
    const empty = (async function* (): AsyncGenerator<number> {})();
    for await (const item of shuffleBuffer(empty, 4, seededRandom(1)))
      expect.unreachable(String(item));
  });

  it('closes its source when the consumer stops early', async () => {
    let closed = false;
    const source = (async function* () {
      try {
        yield* stream();
      } finally {
        closed = true;
      }
    })();
    for await (const item of shuffleBuffer(source, 4, seededRandom(1))) if (item >= 0) break;
    expect(closed).toBe(true);
  });
});
