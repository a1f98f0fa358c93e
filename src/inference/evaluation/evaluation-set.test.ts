import { describe, expect, it } from 'vitest';
import { folderSet, missingPicturesWarning } from './evaluation-set';

const PEOPLE = ['Ann_A', 'Bob_B', 'Cid_C'];
const pathsOf = (ending = 'jpg') =>
  PEOPLE.flatMap((name) => [1, 2].map((turn) => `${name}/${name}_000${turn}.${ending}`));
/** A genuine pair of each person, and an impostor pair of each two. */
const LIST = [
  '3',
  ...PEOPLE.map((name) => `${name} 1 2`),
  ...PEOPLE.map((name, i) => `${name} 1 ${PEOPLE[(i + 1) % 3]!} 2`),
  '',
].join('\n');

const setOf = (paths: readonly string[]) =>
  folderSet({
    name: 'lfw',
    paths,
    list: { name: 'pairs.txt', text: LIST },
    decode: async () => ({ width: 1, height: 1, data: new Uint8Array(3) }),
  });

describe('a folder of pictures and a list of pairs', () => {
  it('has no missing pictures if all exist, in any format', () => {
    for (const ending of ['jpg', 'png']) {
      const set = setOf(pathsOf(ending));
      expect(set.missingPictures).toEqual([]);
      expect(missingPicturesWarning(set)).toBeNull();
    }
  });

  it('reports the first missing picture and their number', async () => {
    const set = setOf(pathsOf().slice(0, 3));
    expect(set.missingPictures).toHaveLength(3);
    expect(missingPicturesWarning(set)).toBe(
      '3 pictures that the pairs of lfw/pairs.txt name are missing (the first is ' +
        'Bob_B/Bob_B_0002.jpg): their pairs are left out.',
    );
    await expect(set.decode('Bob_B/Bob_B_0002.jpg')).rejects.toThrow(
      "Bob_B/Bob_B_0002.jpg isn't in lfw.",
    );
    expect(missingPicturesWarning(setOf(pathsOf().slice(0, 5)))).toBe(
      '1 picture that the pairs of lfw/pairs.txt name is missing (Cid_C/Cid_C_0002.jpg): ' +
        'their pairs are left out.',
    );
  });

  it('is refused if no picture exists, with the first, their number and what exists', () => {
    const elsewhere = pathsOf().map((path) => `deep/er/x${path.replace('/', '/x')}`);
    expect(() => setOf(elsewhere)).toThrow(
      expect.objectContaining({
        code: 'bad-source',
        message:
          'All 6 pictures that pairs.txt names are missing from lfw: the first is ' +
          'Ann_A/Ann_A_0001.jpg, and lfw has deep/er/xAnn_A/xAnn_A_0001.jpg.',
        nextStep: expect.stringContaining('one folder a person'),
      }),
    );
  });
});
