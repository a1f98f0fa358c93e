import { expect, it } from 'vitest';
import { folderSet } from './evaluation-set';

it('a list’s pictures are found under any extension, readable formats first', () => {
  const set = folderSet({
    name: 'people',
    paths: [
      'Ann/._Ann_0001.jfif',
      'Ann/Ann_0001.jfif',
      'Ann/Ann_0002.heic',
      'Ann/Ann_0002.webp',
      'Bob/Bob_0001.tif',
      'deep/Bob/Bob_0002.BMP',
      'pairs.txt',
    ],
    list: { name: 'pairs.txt', text: '1\nAnn\t1\t2\nAnn\t1\tBob\t1\n' },
    decode: () => Promise.reject(new Error('Nothing is decoded here.')),
  });
  expect(set.pairs.map(({ a, b }) => [a, b])).toEqual([
    ['Ann/Ann_0001.jfif', 'Ann/Ann_0002.webp'],
    // No readable picture has this name: it will be counted as unreadable.
    ['Ann/Ann_0001.jfif', 'Bob/Bob_0001.tif'],
  ]);
  expect(set.pictures.map(({ name, person }) => [name, person])).toEqual([
    ['Ann/Ann_0001.jfif', 'Ann'],
    ['Ann/Ann_0002.heic', 'Ann'],
    ['Ann/Ann_0002.webp', 'Ann'],
    ['Bob/Bob_0001.tif', 'Bob'],
    ['deep/Bob/Bob_0002.BMP', 'deep/Bob'],
  ]);
});
