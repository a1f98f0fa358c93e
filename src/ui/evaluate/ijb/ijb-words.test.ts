import { expect, it } from 'vitest';
import type { IjbSummary } from '../../../studio/protocol';
import { missingSentence, readSentence, roomSentence, roughly, timeSentence } from './ijb-words';

const release: IjbSummary = {
  name: 'IJBC',
  set: 'IJB-C',
  pictures: 469_375,
  templates: 23_124,
  pairs: 15_658_489,
  missing: { count: 0, first: [] },
  read: 0,
  bytesNeeded: 2 ** 31,
  freeBytes: 2 ** 33,
};

it.each([
  [3.2, '4 seconds'],
  [42, '40 seconds'],
  [61 * 11, '11 minutes'],
  [33 * 60, '35 minutes'],
  [2.4 * 3600, '2½ hours'],
  [7.2 * 3600, '7 hours'],
  [61 * 3600, '2½ days'],
])('says %d seconds as a person would: %s', (seconds, words) => {
  expect(roughly(seconds)).toBe(words);
});

it('says how long what is left will take, and by how much that may be wrong', () => {
  const estimate = { pictures: 400_000, measured: 160, seconds: 7 * 3600, within: 2400 };
  expect(timeSentence(estimate, 400_000)).toBe(
    'About 7 hours on this machine, give or take 40 minutes; then the pairs are scored.',
  );
  expect(timeSentence(estimate, 200_000)).toMatch(/^About 3½ hours .* give or take 20 minutes/);
  expect(timeSentence(estimate, 0)).toBe('Less than a second on this machine.');
});

it('says what is missing, what is read, and whether there is room', () => {
  expect(missingSentence(release)).toBeNull();
  const missing = { count: 7, first: ['1.jpg', '2.jpg'] };
  expect(missingSentence({ ...release, missing })).toBe(
    '7 of its pictures are missing (1.jpg, 2.jpg …), and will be left out.',
  );
  expect(readSentence({ ...release, read: 1200 }, false)).toBe(
    '1,200 of its pictures are read already.',
  );
  expect(roomSentence(release)).toMatchObject({ fits: true });
  expect(roomSentence({ ...release, freeBytes: 2 ** 20 })).toMatchObject({
    fits: false,
    text: expect.stringContaining('1.0 MiB left'),
  });
});
