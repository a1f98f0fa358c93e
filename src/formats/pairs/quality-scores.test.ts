import { describe, expect, it } from 'vitest';
import { matchPictures } from './match-pictures';
import { looksLikeQualities, MAX_QUALITY_BYTES, readQualityScores } from './quality-scores';

const read = (text: string) =>
  readQualityScores(new TextEncoder().encode(text), 'scores.txt').map(({ picture, score }) => [
    picture,
    score,
  ]);

describe('a file of qualities', () => {
  it('has a picture and a score a line, separated by spaces, tabs or a comma', () => {
    expect(
      read(
        '\uFEFFAnn/Ann_0001.jpg 2.25\r\n/data/my faces/b, c.png\t-0.5\n\nd.jpg,1e-3\n' +
          '.\\e\\f.jpg , +7.\n./g.jpg\t .5',
      ),
    ).toEqual([
      ['Ann/Ann_0001.jpg', 2.25],
      ['/data/my faces/b, c.png', -0.5],
      ['d.jpg', 0.001],
      ['e/f.jpg', 7],
      ['g.jpg', 0.5],
    ]);
  });

  it('may name a picture twice with one score', () => {
    expect(read('a.jpg 1\na.jpg 1.0\n')).toEqual([['a.jpg', 1]]);
  });

  it.each([
    ['nothing', ' \n', 'It is empty.'],
    ['a word', 'a.jpg 1\nb.jpg high', 'Line 2 ends in "high", where a finite number'],
    ['nan', 'a.jpg nan', 'Line 1 ends in "nan"'],
    ['an infinite number', 'a.jpg 1e999', 'Line 1 ends in "1e999"'],
    ['a hexadecimal number', 'a.jpg 0x10', 'Line 1 ends in "0x10"'],
    ['one field', '0.5', 'Line 1 is "0.5"; "picture score" was expected.'],
    ['two scores', 'a.jpg 1\na.jpg 2', 'Lines 1 and 2 give "a.jpg" two scores, 1 and 2.'],
    ['an endless line', `${'x'.repeat(5000)} 1`, 'Line 1 has 5,002 characters'],
    ['a picture', '\u0000\u0001\u0002 \uFFFD', 'Line 1 ends in'],
  ])('is refused where it holds %s', (_, text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it('is refused if it is too large, before it is read', () => {
    const bytes = { length: MAX_QUALITY_BYTES + 1 } as Uint8Array;
    expect(() => readQualityScores(bytes, 'big.txt')).toThrow('104,857,601 bytes');
  });

  it.each([
    ['Ann/Ann_0001.jpg 2.25\n', true],
    ['/data/my faces/b 1.jpg\t3\n', true],
    ['picture7,0.25', true],
    ['10 300\nAnn 1 2\n', false],
    ['1100\nAnn 1 2\n', false],
    ['Ann_Lee 1 2\n', false],
    ['Ann 1 Bob 2\n', false],
    ['', false],
  ])('is told from a list of pairs: %j', (text, expected) => {
    expect(looksLikeQualities(text)).toBe(expected);
  });
});

describe('pictures of a set and of a file', () => {
  it('match by the longest end of their paths that is unambiguous', () => {
    const set = ['Ann/1.jpg', 'Bob/1.jpg', 'Bob/Bob_0002.jpg', 'Cy/Cy_0001.jpg', '7'];
    const file = [
      '/data/a/Ann/1.jpg',
      'D:/lfw/Bob/1.png',
      '/flat/Bob_0002',
      '/flat/1.jpg',
      'images/7.jpg',
    ];
    const { indexes, missing, unmatched } = matchPictures(set, file);
    expect([...indexes].sort()).toEqual([
      ['7', 4],
      ['Ann/1.jpg', 0],
      ['Bob/1.jpg', 1],
      ['Bob/Bob_0002.jpg', 2],
    ]);
    expect(missing).toEqual(['Cy/Cy_0001.jpg']);
    expect(unmatched).toEqual([3]);
  });

  it('prefer the whole path, and never match what fits two', () => {
    expect([...matchPictures(['1.jpg', 'a/1.jpg'], ['1.jpg', 'b/1.jpg']).indexes]).toEqual([
      ['1.jpg', 0],
    ]);
    expect(matchPictures(['a/1.jpg'], ['x/1.jpg', 'y/1.jpg']).indexes.size).toBe(0);
  });
});
