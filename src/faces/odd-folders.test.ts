import { describe, expect, it } from 'vitest';
import { BlobByteSource } from '../formats/byte-source';
import { seededRandom } from '../formats/seeded-random';
import { StudioError } from '../formats/studio-error';
import { naturalOrder } from './file-paths';
import type { FolderFile } from './folder-file';
import { NothingUsedError, totalOf } from './left-out';
import { sourceOfFiles } from './source-of-files';
import { surveySource } from './survey-source';

const SETS = 300;
/** A header alone: nothing is decoded here. */
const PNG = Uint8Array.from([...'\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x70\0\0\0\x70\x08\x02\0\0\0'].map((letter) => letter.charCodeAt(0)));

const file = (path: string, contents: Uint8Array): FolderFile => ({
  path,
  size: contents.length,
  read: async () => contents,
  open: async () => new BlobByteSource(path, new Blob([contents as Uint8Array<ArrayBuffer>])),
});

/** People's folders with odd files in them and around them, and what is to come of each. */
function oddSet(seed: number) {
  const random = seededRandom(0x6f6464, seed);
  const pick = <T>(values: readonly T[]) => values[random.int(values.length)]!;
  const root = pick(['', 'faces/', 'set.v1/images/']);
  const files = new Map<string, Uint8Array>();
  /** Labels of the pictures that are to be used, by path. */
  const people = new Map<string, string[]>();
  for (let count = 6 + random.int(6); people.size < count; ) {
    const name = pick(['id', 'Id', 'Ann B. ', 'é', 'x.']) + String(random.int(30));
    if (people.has(name)) continue;
    const pictures: string[] = [];
    people.set(name, pictures);
    for (let i = 0; i < 2 + random.int(5); i++) {
      const below = pick(['', '', '', 'more/', 'a.b/c/']);
      const path = `${root}${name}/${below}${i}${pick(['.png', '.PNG', '.jpg', '.bmp', '.v2.webp', '.heic', '.tif'])}`;
      // Whatever its name, it is a PNG or nothing.
      const isEmpty = random.int(8) === 0;
      files.set(path, isEmpty ? new Uint8Array() : PNG);
      if (!isEmpty && !/\.(heic|tif)$/.test(path)) pictures.push(path);
    }
    // One in ten has no picture in the folder itself.
    if (people.size % 10 === 0) continue;
    files.set(`${root}${name}/own.png`, PNG);
    pictures.push(`${root}${name}/own.png`);
  }
  for (const stray of ['.DS_Store', 'Thumbs.db', 'notes.txt', 'old.tar', `${root}id1/._own.png`, `${root}id1/x.md`, '__MACOSX/a/1.png']) {
    if (random.int(2) === 0) files.set(stray, PNG);
  }
  const outside = root === '' ? ['fig.png'] : ['docs/fig1.png', 'fig.png'];
  for (const path of outside) if (random.int(2) === 0) files.set(path, PNG);
  const names = [...people.keys()].sort(naturalOrder);
  const expected = new Map(names.flatMap((name, label) => people.get(name)!.map((path): [string, number] => [path, label])));
  const paths = [...files.keys()];
  for (let i = paths.length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    [paths[i], paths[j]] = [paths[j]!, paths[i]!];
  }
  return { root, expected, files: paths.map((path) => file(path, files.get(path)!)) };
}

describe('odd folders of people', () => {
  it(`are used or counted to the last file, and labelled by their folders: ${SETS} of them`, async () => {
    for (let seed = 0; seed < SETS; seed++) {
      const { root, expected, files } = oddSet(seed);
      const source = await sourceOfFiles('odd', files);
      const keys = new Map([...expected].map(([path, label]) => [path.slice(root.length).replace(/\.[^./]*$/, ''), label]));
      const { count, survey } = await surveySource(source, {
        onRecord: ({ key, label }) => expect([seed, key, label]).toEqual([seed, key, keys.get(key)]),
      });
      expect([seed, count.used, count.used + totalOf(count.leftOut)]).toEqual([seed, expected.size, files.length]);
      expect([seed, survey.unreadable - survey.skipped]).toEqual([seed, 0]);
    }
  });

  it('of no people at all are counted to the last file too, or asked about', async () => {
    let [counted, asked] = [0, 0];
    for (let seed = 0; seed < SETS; seed++) {
      const random = seededRandom(0x6e6f, seed);
      const pool = ['a.png', 'b/c.heic', 'd/e/f.tiff', '.x/y.png', 'README', 'lfw.bin', 'Thumbs.db', 'x.zip', 'g/h.mp4'];
      const files = pool.filter(() => random.int(2) === 0).map((path) => file(path, PNG));
      const thrown = await sourceOfFiles('odd', files).then(() => null, (error: unknown) => error);
      if (thrown instanceof NothingUsedError) {
        expect([seed, totalOf(thrown.leftOut)]).toEqual([seed, files.length]);
        counted++;
      } else {
        expect(thrown).toBeInstanceOf(StudioError);
        asked++;
      }
    }
    expect(counted).toBeGreaterThan(SETS / 2);
    expect(counted + asked).toBe(SETS);
  });
});
