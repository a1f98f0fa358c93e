import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  filesIn,
  PackWorkshop,
  pngOf,
  recordsOf,
  shown,
  withoutKeys,
} from '../../../../test/fixtures/pack-workshop';
import {
  archiveOf,
  extended,
  octal,
  paxRecord,
  tarHeader,
} from '../../../../test/fixtures/plain-tar';
import type { SkippedItem } from '../../../faces/survey/left-out';
import { isValidationIdentity } from '../../../faces/identity-split';
import { openSource } from '../../node/node-files';
import { PackFolder } from './pack-folder';
import type { PackRequest } from './pack-sets';

let shop: PackWorkshop;
beforeAll(async () => {
  shop = await PackWorkshop.open();
});
afterAll(() => shop.close());
const fixture = (name: string) =>
  readFile(new URL(`../../../../test/fixtures/recordio/${name}`, import.meta.url));

describe('a packed set', () => {
  it('as tar has the records in shards of the given size, and lists unreadable ones', async () => {
    const out = shop.newFolder();
    const skipped: SkippedItem[] = [];
    const summary = await shop.pack({ out }, {}, { skipped: (item) => skipped.push(item) });
    expect(summary).toMatchObject({
      skipped: 2,
      wasComplete: false,
      sets: [{ folder: '', images: 34, identities: 7, renamed: 0 }],
    });
    expect(skipped).toHaveLength(2);
    expect(summary.sets[0]!.shards.map(({ name, images }) => [name, images])).toEqual([
      ['set-0000.tar', 8],
      ['set-0001.tar', 8],
      ['set-0002.tar', 8],
      ['set-0003.tar', 8],
      ['set-0004.tar', 2],
    ]);
    expect(Object.keys(await filesIn(out))).toEqual([
      'manifest.json',
      'pack.json',
      ...summary.sets[0]!.shards.map(({ name }) => name),
    ]);
    const packed = await recordsOf(out);
    expect(shown(packed)).toEqual(
      shown(await recordsOf(shop.faces)).map(([key, ...rest]) => [
        String(key).replace('/', '_'),
        ...rest,
      ]),
    );
    expect(await (await openSource(out)).info()).toMatchObject({
      name: out,
      images: 34,
      identities: 7,
    });
  });

  it('keeps degradations, and the true extension of a picture', async () => {
    const source = join(shop.root, 'with-levels');
    await mkdir(source);
    const member = (name: string, body: string | Uint8Array): [Uint8Array, string | Uint8Array] => [
      tarHeader({ name, size: octal(Buffer.from(body as string).length) }),
      body,
    ];
    const level = JSON.stringify({ degradation: { blur: 0.25, noise: 1 } });
    const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
    const webp = new TextEncoder().encode('RIFF1234WEBP');
    await writeFile(
      join(source, 'a.tar'),
      archiveOf(
        ...member('k1.jpg', 'jpeg'),
        ...member('k1.cls', '7'),
        ...member('k1.json', level),
        ...member('k2.jpg', png),
        ...member('k2.cls', '7'),
        ...member('k3.jpg', webp),
        ...member('k3.cls', '0'),
      ),
    );
    const out = shop.newFolder();
    await shop.pack({ source, out }, { keepsAll: true });
    expect(shown(await recordsOf(out))).toEqual(shown(await recordsOf(source)));
    expect((await recordsOf(out))[0]!.degradation).toMatchObject({ blur: 0.25, noise: 1, jpeg: 0 });
    const tar = (await readFile(join(out, 'set-0000.tar'))).toString('latin1');
    for (const name of ['k1.jpg', 'k1.json', 'k2.png', 'k2.cls', 'k3.webp'])
      expect(tar).toContain(`${name}\0`);
  });

  it('gives records with the same key different names', async () => {
    const source = join(shop.root, 'doubled');
    await mkdir(source);
    const member = (name: string, body: string): (Uint8Array | string)[] => [
      ...extended('x', paxRecord('path', name)),
      tarHeader({ size: octal(body.length) }),
      body,
    ];
    await writeFile(
      join(source, 'a.tar'),
      archiveOf(
        ...member('p1/0001.jpg', 'one'),
        ...member('p1/0001.cls', '1'),
        ...member('p2/0001.jpg', 'two'),
        ...member('p2/0001.cls', '2'),
      ),
    );
    const out = shop.newFolder();
    const { sets } = await shop.pack({ source, out }, { keepsAll: true });
    expect(sets[0]!.renamed).toBe(1);
    expect(
      (await recordsOf(out)).map(({ key, label, encoded }) => [
        key,
        label,
        Buffer.from(encoded).toString(),
      ]),
    ).toEqual([
      ['0001', 1, 'one'],
      ['0001~1', 2, 'two'],
    ]);
  });

  it("as RecordIO of grouped people has InsightFace's layout, with identity records", async () => {
    const out = shop.newFolder();
    const { sets } = await shop.pack({ out, form: 'recordio' });
    expect(sets[0]).toMatchObject({ images: 34, identities: 7 });
    expect(await readFile(join(out, 'property'), 'utf8')).toBe('7,112,112\n');
    const keys = (await readFile(join(out, 'train.idx'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => Number(line.split('\t')[0]));
    expect(keys).toEqual([
      ...Array.from({ length: 34 }, (_, i) => i + 1),
      0,
      ...Array.from({ length: 7 }, (_, i) => 35 + i),
    ]);
    expect(withoutKeys(await recordsOf(out))).toEqual(withoutKeys(await recordsOf(shop.faces)));
  });

  it.each(['insightface', 'im2rec'] as const)(
    'of the pictures of a set by MXNet has its bytes, in the layout %s',
    async (layout) => {
      const source = join(shop.root, `mxnet-${layout}`);
      await mkdir(source);
      const name = layout === 'insightface' ? 'insightface' : 'plain';
      for (const suffix of ['rec', 'idx'])
        await writeFile(
          join(source, `train.${suffix}`),
          await fixture(`${name}.${suffix === 'rec' ? 'rec.bin' : 'idx'}`),
        );
      const out = shop.newFolder();
      // The pictures of these fixtures can't be decoded.
      await shop.pack({ source, out, form: 'recordio' }, { keepsAll: true });
      if (layout === 'insightface') {
        expect(await readFile(join(out, 'train.rec'))).toEqual(
          await readFile(join(source, 'train.rec')),
        );
        expect(await readFile(join(out, 'train.idx'))).toEqual(
          await readFile(join(source, 'train.idx')),
        );
        expect(await readFile(join(out, 'property'), 'utf8')).toBe('3,112,112\n');
      } else
        expect(
          shown(await recordsOf(out)).map(([key, ...rest]) => [String(Number(key) - 1), ...rest]),
        ).toEqual(shown(await recordsOf(source)));
    },
  );

  it('shuffled has the order of its seed, and as RecordIO no identity records', async () => {
    const [first, second, third] = [shop.newFolder(), shop.newFolder(), shop.newFolder()];
    await shop.pack({ out: first, form: 'recordio', shuffle: true });
    await shop.pack({ out: second, shuffle: true });
    await shop.pack({ out: third, shuffle: true, seed: 4 });
    const labels = async (out: string) => (await recordsOf(out)).map(({ label }) => label);
    expect(await labels(first)).toEqual(await labels(second));
    expect(await labels(third)).not.toEqual(await labels(first));
    expect([...(await labels(first))].sort()).toEqual(
      (await recordsOf(shop.faces)).map(({ label }) => label),
    );
    expect((await readFile(join(first, 'train.idx'), 'utf8')).startsWith('0\t0\n1\t')).toBe(true);
    expect((await recordsOf(first)).map(({ key }) => key)).toEqual(
      Array.from({ length: 34 }, (_, i) => String(i)),
    );
  });

  it('is the same after tar, RecordIO and tar again', async () => {
    const [first, second, third] = [shop.newFolder(), shop.newFolder(), shop.newFolder()];
    await shop.pack({ out: first });
    await shop.pack({ source: first, out: second, form: 'recordio' });
    await shop.pack({ source: second, out: third });
    expect(withoutKeys(await recordsOf(third))).toEqual(withoutKeys(await recordsOf(first)));
    // Keys that are numbers, as in a record file, keep their names too.
    const [fourth, fifth] = [shop.newFolder(), shop.newFolder()];
    await shop.pack({ source: third, out: fourth, form: 'recordio' });
    await shop.pack({ source: fourth, out: fifth });
    expect(shown(await recordsOf(fifth))).toEqual(shown(await recordsOf(third)));
    const named = (files: Record<string, string>) =>
      Object.entries(files).filter(([name]) => name.endsWith('.tar'));
    expect(named(await filesIn(fifth))).toEqual(named(await filesIn(third)));
  });
});

describe('the people of a pack', () => {
  it('are held out as training does it, and are each in one set only', async () => {
    const out = shop.newFolder();
    const { sets } = await shop.pack({ out, holdOut: 0.4 });
    expect(sets.map(({ folder: name }) => name)).toEqual(['train', 'held-out']);
    const [train, heldOut] = [
      await recordsOf(join(out, 'train')),
      await recordsOf(join(out, 'held-out')),
    ];
    const all = await recordsOf(shop.faces);
    const part = (held: boolean) =>
      all.filter(({ label }) => isValidationIdentity(label, 3, 0.4) === held);
    expect(withoutKeys(train)).toEqual(withoutKeys(part(false)));
    expect(withoutKeys(heldOut)).toEqual(withoutKeys(part(true)));
    expect(Math.min(train.length, heldOut.length)).toBeGreaterThan(0);
  });

  it('are chosen by the seed, renumbered, and listed in labels.json', async () => {
    const [out, again] = [shop.newFolder(), shop.newFolder()];
    const { sets } = await shop.pack({ out, identities: 4, relabel: true });
    await shop.pack({ out: again, identities: 4, relabel: true });
    expect(await filesIn(again)).toEqual(await filesIn(out));
    expect(sets[0]!.identities).toBe(4);
    const { sourceLabels } = JSON.parse(await readFile(join(out, 'labels.json'), 'utf8')) as {
      sourceLabels: number[];
    };
    expect(sourceLabels).toEqual([...new Set(sourceLabels)].sort((a, b) => a - b));
    const packed = await recordsOf(out);
    expect(new Set(packed.map(({ label }) => label))).toEqual(new Set([0, 1, 2, 3]));
    const expected = (await recordsOf(shop.faces)).filter(({ label }) =>
      sourceLabels.includes(label),
    );
    expect(
      withoutKeys(packed.map((record) => ({ ...record, label: sourceLabels[record.label]! }))),
    ).toEqual(withoutKeys(expected));
  });
});

describe('the output folder', () => {
  it('is left as it is if it holds a complete pack', async () => {
    const out = shop.newFolder();
    const first = await shop.pack({ out });
    const before = await filesIn(out);
    expect(await shop.pack({ out })).toEqual({ ...first, wasComplete: true });
    expect(await filesIn(out)).toEqual(before);
    await writeFile(join(out, 'set-0001.tar'), 'cut');
    await expect(shop.pack({ out })).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('set-0001.tar has 3 bytes where'),
    });
    await rm(join(out, 'set-0001.tar'));
    await expect(shop.pack({ out })).rejects.toThrow('set-0001.tar is gone');
  });

  it.each<[Partial<PackRequest>, string]>([
    [{ seed: 4 }, 'seed 3, now 4'],
    [{ form: 'recordio' }, 'form tar, now recordio'],
    [{ identities: 3 }, 'identities undefined, now 3'],
  ])('that holds a pack of other arguments is refused (%o)', async (other, difference) => {
    const out = shop.newFolder();
    await shop.pack({ out });
    await expect(shop.pack({ ...other, out })).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining(`other arguments (${difference})`),
    });
  });

  it('is refused if it holds a pack of other pictures of the same names', async () => {
    const out = shop.newFolder();
    const picture = pngOf([1]);
    const source = join(shop.root, 'edited');
    for (const person of ['a', 'b']) await shop.write(`edited/${person}/0.jpg`, picture);
    await shop.pack({ source, out });
    await shop.write('edited/b/0.jpg', pngOf([2]));
    const message = expect.stringContaining('edited holds other pictures than were packed');
    await expect(shop.pack({ source, out })).rejects.toMatchObject({ code: 'bad-config', message });
  });

  it('is refused if it holds something else, or lies in the source', async () => {
    const out = shop.newFolder();
    await mkdir(out, { recursive: true });
    await writeFile(join(out, 'notes.txt'), 'mine');
    await expect(shop.pack({ out })).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('holds notes.txt already'),
    });
    await writeFile(join(out, 'pack.json'), '{}');
    await expect(shop.pack({ out })).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('not the journal of a pack'),
    });
    await expect(shop.pack({ out: join(shop.faces, 'packed') })).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('lies in'),
    });
  });
});

/** Flips a bit in the last byte of one append, as a failing disk may. */
class FaultyFolder extends PackFolder {
  #appends = 0;

  constructor(
    root: string,
    readonly at: number,
    readonly file: RegExp,
  ) {
    super(root);
  }

  override append(path: string, bytes: Uint8Array): Promise<void> {
    if (!this.file.test(path) || this.#appends++ !== this.at) return super.append(path, bytes);
    const damaged = new Uint8Array(bytes);
    damaged[Math.floor(damaged.length / 2)]! ^= 4;
    return super.append(path, damaged);
  }
}

it.each<[string, Partial<PackRequest>, RegExp]>([
  ['a tar shard', {}, /0002\.tar$/],
  ['train.rec', { form: 'recordio' }, /\.rec$/],
  ['train.idx', { form: 'recordio' }, /\.idx$/],
])('what reads otherwise than it was written is found: %s', async (_, request, file) => {
  const out = shop.newFolder();
  const faulty = {
    folderAt: (root: string) => new FaultyFolder(root, file.source.includes('tar') ? 0 : 5, file),
  };
  await expect(shop.pack({ ...request, out }, faulty)).rejects.toMatchObject({
    code: expect.stringMatching(/bad-(shard|source)/),
  });
  expect(Object.keys(await filesIn(out))).not.toContain('manifest.json');
  // Verifying once more fails in the same way.
  await expect(shop.pack({ ...request, out })).rejects.toMatchObject({
    code: expect.stringMatching(/bad-(shard|source)/),
  });
});

it('refuses a label that the form cannot hold, unless people are relabelled', async () => {
  const source = join(shop.root, 'large-label', '16777216');
  await mkdir(source, { recursive: true });
  await writeFile(join(source, 'a.jpg'), pngOf('picture'));
  await expect(
    shop.pack({ source: join(shop.root, 'large-label'), out: shop.newFolder(), form: 'recordio' }),
  ).rejects.toMatchObject({
    code: 'bad-source',
    message: expect.stringContaining(
      'the label 16777216; RecordIO holds whole numbers below 16777216',
    ),
    nextStep: 'Pack with --relabel.',
  });
  const out = shop.newFolder();
  await shop.pack({ source: join(shop.root, 'large-label'), out, form: 'recordio', relabel: true });
  expect((await recordsOf(out)).map(({ label }) => label)).toEqual([0]);
});

it('reports what is left out by kind, in its result and its manifest', async () => {
  const source = join(shop.root, 'odd');
  const picture = pngOf([1]);
  for (const person of ['a', 'b', 'c']) await shop.write(`odd/faces/${person}/0.jpg`, picture);
  await shop.write('odd/faces/c/2.jpg', picture.subarray(0, 9));
  for (const path of [
    'faces/b/1.jpg',
    'faces/.DS_Store',
    'faces/c/1.heic',
    'docs/fig1.jpg',
    'x.tar',
  ])
    await shop.write(`odd/${path}`, '');
  const out = shop.newFolder();
  const opened: unknown[] = [];
  const { sets, leftOut } = await shop.pack(
    { source, out },
    {},
    { opened: (info) => opened.push(info.leftOut) },
  );
  expect(sets[0]).toMatchObject({ images: 3, identities: 3 });
  const counts = {
    hidden: 1,
    'format-not-read': 1,
    'other-data': 1,
    'outside-people': 1,
    'empty-file': 1,
    undecodable: 1,
  };
  expect(Object.fromEntries(leftOut!.map(({ kind, count }) => [kind, count]))).toEqual(counts);
  const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8')) as {
    packed: { skipped: number; leftOut: object };
  };
  expect(manifest.packed).toMatchObject({ skipped: 2, leftOut: counts });
  expect(opened[0]).toHaveLength(4);
});
