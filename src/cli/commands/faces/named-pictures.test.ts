import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namedPictures } from './named-pictures';

let folder = '';
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'named-pictures-'));
  const names = [
    '10.jpg',
    '2.PNG',
    'a/3.webp',
    'a/list.txt',
    '.hidden.jpg',
    '.git/4.jpg',
    'b/x.tif',
  ];
  for (const name of names) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(at(name), '');
  }
  await mkdir(at('empty'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('namedPictures', () => {
  it('are those below a folder in natural order; hidden and other files are counted', async () => {
    expect(await namedPictures([folder])).toEqual({
      paths: ['2.PNG', '10.jpg', 'a/3.webp', 'b/x.tif'].map(at),
      hidden: 2,
      others: 1,
    });
  });

  it('are files as given, also twice, without a picture’s name, or if they are gone', async () => {
    const words = [at('2.PNG'), at('2.PNG'), at('a/list.txt'), at('gone.jpg'), at('.hidden.jpg')];
    expect((await namedPictures(words)).paths).toEqual(words);
  });

  it('are refused where there are none', async () => {
    await expect(namedPictures([at('empty')])).rejects.toThrow(/There is no picture in .*empty\./);
  });
});
