import { describe, expect, it } from 'vitest';
import { readIjbDetections, readIjbPairs, readIjbPictures } from './ijb-meta';

/** A text in pieces of `size` bytes, which cut lines and characters anywhere. */
async function* pieces(text: string, size = 3): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('the lists of an IJB release', () => {
  it('are read from pieces that break anywhere', async () => {
    expect(await readIjbPictures(pieces('é1.jpg 7 12\r\n2.jpg 7 13'), 'tid')).toEqual({
      names: ['é1.jpg', '2.jpg'],
      templates: Int32Array.of(7, 7),
      media: Int32Array.of(12, 13),
    });
    const told: number[] = [];
    const lines = Array.from({ length: 200_001 }, (_, i) => `${i} ${i + 1} ${i % 2}`).join('\n');
    const pairs = await readIjbPairs(pieces(lines, 65_536), 'pairs', (count) => told.push(count));
    expect([pairs.first.length, pairs.second[200_000], pairs.same[199_999]]).toEqual([
      200_001, 200_001, 1,
    ]);
    expect(told).toEqual([100_000, 200_000]);
    const found = await readIjbDetections(
      pieces('1.jpg 1 2 3 4 5 6.5 7 8 9 -1e1 0.99\n'),
      'points',
    );
    expect(found.get('1.jpg')).toEqual({
      points: [
        [1, 2],
        [3, 4],
        [5, 6.5],
        [7, 8],
        [9, -10],
      ],
      score: 0.99,
    });
  });

  it.each([
    [
      '1.jpg 7',
      readIjbPictures,
      'Line 1 of list has 2 words; 3 were expected: name, template, media',
    ],
    ['1.jpg 7 x', readIjbPictures, 'Line 1 of list has "x" where a whole number was expected'],
    ['1 2 1\n1 2 2\n', readIjbPairs, 'Line 2 of list has the label 2'],
    ['1 -2 1\n', readIjbPairs, 'Line 1 of list has "-2"'],
    [
      '1.jpg 1 2 3 4 5 6 7 8 9 nan 0.9\n',
      readIjbDetections,
      'Line 1 of list has "nan" where a number was expected',
    ],
    [
      'a 1 2 3 4 5 6 7 8 9 10 1\na 1 2 3 4 5 6 7 8 9 10 1\n',
      readIjbDetections,
      'Line 2 of list has a for a second time',
    ],
    ['', readIjbPairs, 'list is empty'],
  ] as const)('are refused where they are none: %j', async (text, read, message) => {
    await expect(read(pieces(text), 'list')).rejects.toMatchObject({
      code: 'bad-source',
      message: expect.stringContaining(message),
    });
  });
});
