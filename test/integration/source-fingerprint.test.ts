import { cp, mkdir, mkdtemp, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packTar } from 'modern-tar';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { folderFiles, openSource } from '../../src/cli/node/node-files';
import { BrowserFile } from '../../src/faces/sources/folder/local-file';
import { sourceOfFiles } from '../../src/faces/sources/source-of-files';

let root: string;
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), 'fingerprint-'))));
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  await rm(join(root, 'set'), { recursive: true, force: true });
  await rm(join(root, 'other'), { recursive: true, force: true });
});

async function put(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), bytes);
}

const fixture = (name: string) => readFile(`test/fixtures/${name}`);
const fingerprintOf = async (folder = 'set') =>
  (await openSource(join(root, folder))).fingerprint();

/** A tar with one picture per label, each with the same bytes. */
function tarOf(
  labels: readonly number[],
  picture: Uint8Array = Uint8Array.of(1, 2, 3),
): Promise<Uint8Array> {
  return packTar(
    labels.flatMap((label, i) => [
      { header: { name: `${i}.jpg`, size: picture.length, type: 'file' as const }, body: picture },
      { header: { name: `${i}.cls`, size: 1, type: 'file' as const }, body: String(label) },
    ]),
  );
}

/** Writes the set of each form below `set/`. */
const forms: Record<string, () => Promise<void>> = {
  tar: async () => put('set/00000.tar', await tarOf([0, 1, 2])),
  rec: async () => {
    await put('set/train.rec', await fixture('recordio/insightface.rec.bin'));
    await put('set/train.idx', await fixture('recordio/insightface.idx'));
    await put('set/property', await fixture('recordio/property'));
  },
  parquet: async () => put('set/0.parquet', await fixture('parquet/plain.parquet')),
  folder: async () => {
    for (const label of [0, 1])
      for (const i of [0, 1]) await put(`set/p${label}/${i}.jpg`, `${label} ${i}`);
  },
};

/** For each form the file in which one byte is changed, and the byte's offset. */
const edited: Record<string, [path: string, at: (bytes: Uint8Array) => number]> = {
  tar: ['set/00000.tar', () => 513],
  rec: ['set/train.rec', (bytes) => bytes.length >> 1],
  parquet: ['set/0.parquet', () => 40],
  folder: ['set/p1/0.jpg', () => 0],
};

describe.each(Object.keys(forms))('the fingerprint of a %s', (form) => {
  beforeEach(() => forms[form]!());

  it('is a SHA-256, equal for a copy with another name and other times', async () => {
    const before = await fingerprintOf();
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    await cp(join(root, 'set'), join(root, 'other'), { recursive: true });
    for (const file of await folderFiles(join(root, 'other')))
      await utimes(join(root, 'other', file.path), 1, 1);
    expect(await fingerprintOf('other')).toBe(before);
  });

  it('is the same for picked files and for files on a disk', async () => {
    const picked = await Promise.all(
      (await folderFiles(join(root, 'set'))).map(async ({ path }) => {
        const bytes = await readFile(join(root, 'set', path));
        return new BrowserFile({ file: new File([bytes], path), path });
      }),
    );
    expect(await (await sourceOfFiles('picked', picked)).fingerprint()).toBe(await fingerprintOf());
  });

  it('changes when a byte is changed in place', async () => {
    const before = await fingerprintOf();
    const [path, at] = edited[form]!;
    const bytes = await readFile(join(root, path));
    bytes[at(bytes)]! ^= 1;
    await put(path, bytes);
    expect(await fingerprintOf()).not.toBe(before);
  });
});

it('a tar’s name doesn’t matter; its labels and further tars do', async () => {
  await forms.tar!();
  const before = await fingerprintOf();
  await rename(join(root, 'set/00000.tar'), join(root, 'set/a.tar'));
  expect(await fingerprintOf()).toBe(before);
  await put('set/a.tar', await tarOf([0, 1, 1]));
  const relabelled = await fingerprintOf();
  expect(relabelled).not.toBe(before);
  await put('set/b.tar', await tarOf([3]));
  expect(new Set([before, relabelled, await fingerprintOf()]).size).toBe(3);
});

it('a folder’s fingerprint changes with new pictures and renamed people', async () => {
  await forms.folder!();
  const found = [await fingerprintOf()];
  await put('set/p1/2.jpg', 'one more');
  found.push(await fingerprintOf());
  await rename(join(root, 'set/p0'), join(root, 'set/p2'));
  found.push(await fingerprintOf());
  expect(new Set(found).size).toBe(3);
});

it('a built index gives the same fingerprint as the .idx', async () => {
  await forms.rec!();
  const before = await fingerprintOf();
  await rm(join(root, 'set/train.idx'));
  const indexes = { read: async () => null, write: async () => undefined };
  const source = await openSource(join(root, 'set'), { indexes });
  expect(await source.fingerprint()).toBe(before);
});

it('an edit in a part of a large file that isn’t read is detected by its time', async () => {
  const large = await tarOf([0], new Uint8Array(80 * 2 ** 20));
  await put('set/large.tar', large);
  const before = await fingerprintOf();
  large[5 * 2 ** 20 + 77_000]! ^= 1;
  await put('set/large.tar', large);
  expect(await fingerprintOf()).not.toBe(before);
  await cp(join(root, 'set'), join(root, 'other'), { recursive: true });
  for (const folder of ['set', 'other']) await utimes(join(root, folder, 'large.tar'), 7, 7);
  expect(await fingerprintOf('other')).toBe(await fingerprintOf());
});
