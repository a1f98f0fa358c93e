import { describe, expect, it } from 'vitest';
import { pairBin } from '../../../test/fixtures/pair-bin';
import { binSet, folderSet, missingPicturesWarning } from './evaluation-set';

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

const folder = {
  name: 'lfw',
  decode: async () => ({ width: 1, height: 1, data: new Uint8Array(3) }),
};
const setOf = (paths: readonly string[]) =>
  folderSet({ ...folder, paths, list: { name: 'pairs.txt', text: LIST } });
/** No picture is decoded here. */
const png = new Uint8Array(8);

describe('a folder of pictures and a list of pairs', () => {
  it('may have its pictures in one folder, as CALFW and CPLFW have', () => {
    const set = setOf(pathsOf().map((path) => `aligned images/${path.split('/')[1]!}`));
    expect(set.missingPictures).toEqual([]);
    expect(set.pictures.map(({ person }) => person)).toEqual(
      PEOPLE.flatMap((person) => [person, person]),
    );
    expect(set.pairs[0]).toMatchObject({ a: 'aligned images/Ann_A_0001.jpg', same: true });
  });

  it('is refused if all pairs are of one kind', () => {
    const genuine = 'Ann_A 1 2\nBob_B 1 2\n';
    const of = (text: string) => () =>
      folderSet({ ...folder, paths: pathsOf(), list: { name: 'own.txt', text } });
    expect(of(genuine)).toThrow('own.txt has no impostor pair. All 2 pairs are genuine;');
    expect(of('Ann_A 1 Bob_B 1')).toThrow('has no genuine pair. Its one pair is impostor;');
    expect(() => binSet('one.bin', pairBin([png, png], [true]), folder.decode)).toThrow(
      'one.bin has no impostor pair',
    );
  });

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
