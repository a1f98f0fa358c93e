import { expect, it } from 'vitest';
import { groupsOf } from './groups-of';

async function* numbers(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) yield i;
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

it.each<[number, number[][]]>([
  [0, []],
  [2, [[0, 1]]],
  [3, [[0, 1, 2]]],
  [7, [[0, 1, 2], [3, 4, 5], [6]]],
])('cuts a stream of %i items into groups of three', async (count, groups) => {
  expect(await collect(groupsOf(numbers(count), 3))).toEqual(groups);
});

it('yields a full group before it reads the next item', async () => {
  let read = 0;
  async function* counted() {
    for (; read < 10; read++) yield read;
  }
  for await (const group of groupsOf(counted(), 2)) {
    expect(group).toEqual([0, 1]);
    break;
  }
  expect(read).toBe(1);
});
