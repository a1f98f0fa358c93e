import { describe, expect, it } from 'vitest';
import { LeftOutTally, leftOutSentence, undecodedKind, usedSentence } from './left-out';

describe('a tally of what is left out', () => {
  it('doesn’t depend on the order of files, and names the first ten', () => {
    const paths = Array.from({ length: 30 }, (_, i) => `a${i}/.x`);
    const tallies = [paths, [...paths].reverse()].map((order, at) => {
      const tally = new LeftOutTally();
      if (at === 0) tally.addFile('other-data', 'x.tar');
      for (const path of order) tally.addFile('hidden', path);
      if (at === 1) tally.addFile('other-data', 'x.tar');
      return tally.groups();
    });
    expect(tallies[0]).toEqual([
      { kind: 'hidden', count: 30, first: paths.slice(0, 10) },
      { kind: 'other-data', count: 1, first: ['x.tar'] },
    ]);
    expect(tallies[1]).toEqual(tallies[0]);
  });

  it('names the first ten records in order, and adds their counts', () => {
    const tally = new LeftOutTally();
    for (let i = 20; i > 0; i--)
      tally.add({ shard: 'a', member: String(i), kind: 'empty-file', reason: 'empty', count: 2 });
    expect(tally.groups()).toEqual([
      {
        kind: 'empty-file',
        count: 40,
        first: Array.from({ length: 10 }, (_, i) => `a ${20 - i}: empty`),
      },
    ]);
    expect(tally.total).toBe(40);
    const all = new LeftOutTally();
    for (let i = 0; i < 2; i++) all.addAll(tally.groups());
    expect(all.groups()[0]).toMatchObject({ count: 80, first: { length: 10 } });
  });

  it('is described in one line', () => {
    const groups = [
      { kind: 'hidden', count: 7, first: [] },
      { kind: 'empty-file', count: 1, first: [] },
    ] as const;
    expect(usedSentence(4800, groups)).toBe('4,800 used, 8 left out: 7 hidden files, 1 empty file');
    expect(usedSentence(0, [])).toBe('0 used, 0 left out');
    expect(leftOutSentence(groups.slice(1))).toBe('1 left out: 1 empty file');
  });
});

it.each([
  ['nothing', [], 'empty-file'],
  ['a TIFF', [0x49, 0x49, 0x2a, 0], 'format-not-read'],
  ['a cut JPEG', [0xff, 0xd8, 0xff], 'undecodable'],
  ['no picture', [1, 2, 3, 4], 'undecodable'],
] as const)('%s that can’t be decoded has a kind', (_, bytes, kind) => {
  expect(
    undecodedKind(
      Uint8Array.from([...bytes, ...(bytes.length > 0 ? new Array<number>(16).fill(0) : [])]),
    ),
  ).toBe(kind);
});
