import { describe, expect, it } from 'vitest';
import { picturePath, readLfwPairs } from './lfw-pairs';

const genuine = {
  a: { person: 'Ann_B', number: 1 },
  b: { person: 'Ann_B', number: 12 },
  same: true,
};
const impostor = { a: { person: 'Ann_B', number: 2 }, b: { person: 'Cy', number: 1 }, same: false };

describe('a list of pairs', () => {
  it('is read with folds, with one set, and with no first line', () => {
    const one = 'Ann_B\t1\t12\nAnn_B\t2\tCy\t1\n';
    expect(readLfwPairs(`2\t1\n${one}${one}`, 'pairs.txt')).toEqual({
      folds: 2,
      pairs: [0, 0, 1, 1].map((fold, i) => ({ ...(i % 2 ? impostor : genuine), fold })),
    });
    expect(readLfwPairs(`1\r\n${one.replaceAll('\n', '\r\n')}\r\n\r\n`, 'View1.txt')).toEqual({
      folds: 1,
      pairs: [
        { ...genuine, fold: 0 },
        { ...impostor, fold: 0 },
      ],
    });
    expect(readLfwPairs(one.replaceAll('\t', '  '), 'own.txt').pairs).toHaveLength(2);
  });

  it('has ten folds of 300 pairs of each kind in LFW’s and XQLFW’s protocol', () => {
    // Both have the first line "10 300", tabs, and the genuine pairs of a fold first.
    const fold = [...Array(300).fill('Ann_B\t1\t12'), ...Array(300).fill('Ann_B\t2\tCy\t1')];
    const text = `10\t300\n${Array(10).fill(fold.join('\n')).join('\n')}\n`;
    const { folds, pairs } = readLfwPairs(text, 'xqlfw_pairs.txt');
    expect([folds, pairs.length, pairs.at(-1)]).toEqual([10, 6000, { ...impostor, fold: 9 }]);
    expect(pairs[599]!.fold).toBe(0);
    expect(pairs[600]).toEqual({ ...genuine, fold: 1 });
  });

  it('gives the path of a picture', () => {
    expect(picturePath({ person: 'Ann_B', number: 12 })).toBe('Ann_B/Ann_B_0012.jpg');
    expect(picturePath({ person: 'Ann_B', number: 12345 })).toBe('Ann_B/Ann_B_12345.jpg');
  });

  it.each([
    ['', 'It is empty'],
    ['2 1\nA 1 2\nA 1 B 1\n', '2 folds of 1 pairs of each kind, 4 in all; 2 follow'],
    ['3\nA 1 2\n', '3 pairs of each kind, 6 in all; 1 follow'],
    ['A 1 2\nA one 2\n', 'Line 2 has "one"'],
    ['A 0 2\n', 'Line 1 has "0"'],
    ['A 1 2 B 3\n', 'Line 1 has 5 words'],
    ['../x 1 2\n', 'Line 1 names "../x"'],
  ])('is refused if it has another format: %j', (text, message) => {
    expect(() => readLfwPairs(text, 'pairs.txt')).toThrow(
      expect.objectContaining({ code: 'bad-source', message: expect.stringContaining(message) }),
    );
  });
});
