import { expect, it } from 'vitest';
import { initialOwnSettings, requestOf } from './own-settings';
import { isBin, pickedSentence, pickedSet } from './picked-set';

const picked = (path: string) => ({ path, file: new File([''], path.split('/').at(-1)!) });
const folder = ['Ann/Ann_0001.jpg', 'Bob/Bob_0001.jpg'].map(picked);

it('recognises a .bin, and a folder with the likeliest list of pairs first', () => {
  const bin = pickedSet('drop', [picked('lfw.bin')], null);
  expect([isBin(bin), pickedSentence(bin)]).toEqual([true, 'lfw.bin: a verification set.']);
  const files = [...folder, picked('people.txt'), picked('pairsDevTest.txt')];
  const set = pickedSet('lfw', files, null);
  expect(set.lists.map(({ name }) => name)).toEqual(['pairsDevTest.txt', 'people.txt']);
  expect(pickedSentence(set)).toBe('“lfw”: 4 files, 2 lists of pairs.');
});

it('adds a list that is picked alone to the folder before it', () => {
  const before = pickedSet('lfw', folder, null);
  const after = pickedSet('pairs.txt', [picked('pairs.txt')], before);
  expect(after).toMatchObject({ name: 'lfw', files: folder });
  expect(pickedSentence(after)).toBe('“lfw”: 2 files, 1 list of pairs.');
});

it('refuses what is no set, with a next step', () => {
  expect(() => pickedSet('pairs.txt', [picked('pairs.txt')], null)).toThrow(
    'pairs.txt can be a list of pairs, but there are no pictures yet.',
  );
  expect(() => pickedSet('notes.docx', [picked('notes.docx')], null)).toThrow(
    'notes.docx holds no pictures and no pairs.',
  );
});

it('asks for what the set can give', () => {
  const set = pickedSet('lfw', folder, null);
  const asked = (changes: Partial<typeof initialOwnSettings>, of = set) =>
    requestOf({ set: of, list: 0, qualities: [] }, { ...initialOwnSettings, ...changes });
  expect(asked({}).protocols).toEqual([]);
  expect(asked({ fromFolders: true })).toMatchObject({
    fromFolders: { perPerson: 20, seed: 777 },
    protocols: [
      { kind: 'pairs', degraded: 'none' },
      { kind: 'pairs', degraded: 'both' },
    ],
    align: 'auto',
  });
  expect(asked({ templates: true, size: 4 }).protocols).toEqual([
    { kind: 'templates', size: 4, degraded: 'both' },
  ]);
  const bin = pickedSet('drop', [picked('lfw.bin')], null);
  expect(asked({ templates: true, fromFolders: true, areCrops: true }, bin)).toMatchObject({
    fromFolders: undefined,
    protocols: [{ degraded: 'none' }, { degraded: 'both' }],
    align: 'none',
  });
});
