import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pairBin } from '../../../test/fixtures/pair-bin';
import {
  type PairReport,
  type SourceReport,
  bytesText,
  countText,
  printable,
} from './inspect-text';
import { inspectCommand } from './inspect';

const pictureOf = async (grey: number, width = 112) =>
  new Uint8Array(
    await sharp({
      create: { width, height: 112, channels: 3, background: { r: grey, g: grey, b: grey } },
    })
      .jpeg()
      .toBuffer(),
  );

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'scf-inspect-'))));
afterEach(async () => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
  await rm(root, { recursive: true });
});

/** Runs `scf inspect` and returns what it prints. */
async function inspected(...argv: string[]): Promise<string> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await inspectCommand().parseAsync(argv, { from: 'user' });
  return log.mock.calls.map(([line]) => String(line)).join('\n');
}

describe('scf inspect', () => {
  /** Three people with one, two and three pictures; one of them twice, one damaged. */
  async function faceFolder(): Promise<string> {
    const faces = join(root, 'faces');
    const pictures: Record<string, Uint8Array> = {
      'ada/1.jpg': await pictureOf(10),
      'bob/1.jpg': await pictureOf(20),
      'bob/2.jpg': await pictureOf(10),
      'cid/1.jpg': await pictureOf(40, 96),
      'cid/2.jpg': (await pictureOf(50)).subarray(0, 25),
      'cid/3.jpg': new Uint8Array(),
    };
    for (const name of ['ada', 'bob', 'cid']) await mkdir(join(faces, name), { recursive: true });
    for (const [path, bytes] of Object.entries(pictures)) await writeFile(join(faces, path), bytes);
    return faces;
  }

  it('shows form, counts, labels and the first records', async () => {
    const text = await inspected(await faceFolder());
    for (const line of [
      /^form +a folder of pictures$/m,
      /^images +6$/m,
      /^identities +3$/m,
      /^labels +3 identities have labels from 0 to 2, without a gap\.$/m,
      /^shuffled +as a whole$/m,
      /^first +ada\/1 {2}label 0 {2}JPEG 112 × 112 {2}/m,
    ]) {
      expect(text).toMatch(line);
    }
    expect(text).toMatch(/^4 used, 2 left out: 1 empty file, 1 picture that can’t be decoded$/m);
    expect(text).toMatch(/^left out +1 empty file\n +\S+ 5: cid\/3\.jpg is empty\.$/m);
    expect(text).not.toContain('Read as a whole');
    // Whether or not the networks are there: a grey picture shows no face.
    expect(text).toMatch(/^aligned +(Whether the faces are|Not looked whether)/m);
    expect(process.exitCode).toBeUndefined();
  });

  it('surveys everything with --deep, with a histogram, duplicates and reasons', async () => {
    const text = await inspected(await faceFolder(), '--deep', '--classes', '3');
    expect(text).toContain('Read as a whole: 5 images of 3 identities');
    expect(text).toMatch(
      /^duplicates +1 pictures are an earlier one, byte for byte\n +bob\/2 is ada\/1$/m,
    );
    expect(text).toMatch(/^4 used, 2 left out: 1 empty file, 1 picture that can’t be decoded$/m);
    expect(text).toContain('cid/2: its JPEG header is damaged');
    expect(text).toContain('is empty');
    expect(text).toMatch(/^ +1 {2}█+ 1\n +2–3 {2}█{40} 2$/m);
    expect(text).toContain('They can belong together.');
  });

  it('prints the same as JSON', async () => {
    const faces = await faceFolder();
    const shallow = JSON.parse(
      await inspected(faces, '--json', '--classes', '85742'),
    ) as SourceReport;
    expect(shallow.source).toMatchObject({
      form: 'folder',
      images: 6,
      identities: 3,
      shuffle: 'global',
    });
    expect(shallow.first).toHaveLength(5);
    expect(shallow.labelFit).toMatchObject({
      fits: false,
      sentence: expect.stringContaining('85,739 fewer'),
    });
    expect(shallow.survey).toBeUndefined();
    expect(shallow.count).toMatchObject({
      used: 4,
      complete: true,
      records: 6,
      leftOut: [
        { kind: 'empty-file', count: 1 },
        { kind: 'undecodable', count: 1 },
      ],
    });
    vi.restoreAllMocks();
    const deep = JSON.parse(await inspected(faces, '--json', '--deep')) as SourceReport;
    expect(deep.survey).toMatchObject({
      images: 5,
      identities: 3,
      unreadable: 2,
      skipped: 1,
      duplicates: { pictures: 1, examples: [{ key: 'bob/2', sameAs: 'ada/1' }] },
    });
  });

  it('shows what a verification set holds', async () => {
    const bin = join(root, 'lfw.bin');
    const picture = await pictureOf(1);
    await writeFile(
      bin,
      pairBin([picture, await pictureOf(90), picture, await pictureOf(200, 100)], [true, false]),
    );
    const text = await inspected(bin);
    expect(text).toMatch(/^pairs +2: 1 genuine, 1 impostor$/m);
    expect(text).toMatch(/^pictures +4, 3 of them different; /m);
    expect(text).toMatch(/^sizes +112 × 112: 3, 100 × 112: 1$/m);
    vi.restoreAllMocks();
    expect(JSON.parse(await inspected(bin, '--json')) as PairReport).toMatchObject({
      name: 'lfw.bin',
      pairs: 2,
      genuine: 1,
      impostor: 1,
      pictures: 4,
    });
  });

  it('leaves out a pair with a picture that can’t be read', async () => {
    const bin = join(root, 'cut.bin');
    const picture = await pictureOf(1);
    await writeFile(
      bin,
      pairBin(
        [
          picture,
          picture,
          picture,
          picture.subarray(0, 20),
          picture.subarray(0, 9),
          picture,
          picture,
          new Uint8Array(),
        ],
        [true, false, false, true],
      ),
    );
    const text = await inspected(bin);
    expect(text).toMatch(/^1 used, 3 left out: 3 pairs with pictures that can’t be read$/m);
    expect(text).toContain('cut.bin pair 1: its JPEG header is damaged');
    vi.restoreAllMocks();
    expect(JSON.parse(await inspected(bin, '--json')) as PairReport).toMatchObject({
      count: { used: 1, leftOut: [{ kind: 'broken-pair', count: 3 }] },
    });
    expect(process.exitCode).toBeUndefined();
  });

  it('counts files that are no pictures, and says how labels were made', async () => {
    const faces = await faceFolder();
    await mkdir(join(faces, 'dan'));
    for (const path of ['.DS_Store', 'Thumbs.db', 'dan/1.heic', 'dan/notes.txt', 'x.tar'])
      await writeFile(join(faces, path), 'x');
    const text = await inspected(faces);
    expect(text.split('\n')).toContain(
      '4 used, 7 left out: 2 hidden files, 1 file that is no picture, ' +
        '1 picture in a format that isn’t read, 1 file of another set, 1 empty file, ' +
        '1 picture that can’t be decoded',
    );
    expect(text).toContain('dan/1.heic (HEIC is not read)');
  });

  it('refuses a path that is no set, with a sentence', async () => {
    await writeFile(join(root, 'notes.txt'), 'nothing');
    await writeFile(join(root, 'cut.bin'), 'nothing');
    for (const path of [join(root, 'notes.txt'), join(root, 'cut.bin'), join(root, 'nowhere')]) {
      await expect(inspected(path)).rejects.toMatchObject({
        name: 'StudioError',
        code: 'bad-source',
      });
    }
  });

  describe('ends with status 3 and says what was left out', () => {
    it.each<[string, Record<string, string>, string, string]>([
      ['of a folder that is empty', {}, '0 used, 0 left out', 'it is empty'],
      [
        'of a folder of other files',
        { 'notes.txt': 'x', '.hidden': 'x' },
        '0 used, 2 left out: 1 hidden file, 1 file that is no picture',
        'none of the forms',
      ],
      [
        'of pictures that aren’t read',
        { 'a/1.heic': 'x', 'b/1.heic': 'x' },
        '0 used, 2 left out: 2 pictures in formats that aren’t read',
        'Save such pictures',
      ],
      [
        'of pictures of nobody',
        { 'a.jpg': 'x', 'b.jpg': 'x' },
        '0 used, 2 left out: 2 pictures outside of the people’s folders',
        'one folder of pictures for each person',
      ],
      [
        'of a list of other pictures',
        { 'a/1.jpg': 'x', 'my_list.txt': 'b/1.jpg 0' },
        '0 used, 2 left out: 1 picture that the list doesn’t name, 1 listed picture that ' +
          'isn’t there',
        'my_list.txt names is not in',
      ],
    ])('%s', async (_, files, line, sentence) => {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(join(root, 'set', path, '..'), { recursive: true });
        await writeFile(join(root, 'set', path), text);
      }
      await mkdir(join(root, 'set'), { recursive: true });
      const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
      expect((await inspected(join(root, 'set'))).split('\n')[0]).toBe(line);
      expect(error.mock.calls.join()).toContain(sentence);
      expect(process.exitCode).toBe(3);
    });

    it('of empty pictures', async () => {
      await mkdir(join(root, 'empty', 'ada'), { recursive: true });
      for (let i = 0; i < 300; i++) await writeFile(join(root, 'empty', 'ada', `${i}.jpg`), '');
      expect(await inspected(join(root, 'empty'))).toMatch(
        /^0 used, 300 left out: 300 empty files$/m,
      );
      expect(process.exitCode).toBe(3);
      vi.restoreAllMocks();
      const report = JSON.parse(await inspected(join(root, 'empty'), '--json')) as SourceReport;
      expect(report.count).toMatchObject({
        used: 0,
        complete: true,
        records: 300,
        leftOut: [{ kind: 'empty-file', count: 300 }],
      });
      expect(report.count.leftOut[0]!.first).toHaveLength(10);
    });
  });
});

it('says how many records of a large set were read, and gives no figure for all', () => {
  const met = [{ kind: 'empty-file', count: 2, first: ['a', 'b'] }] as const;
  const opened = [{ kind: 'hidden', count: 1, first: ['.x'] }] as const;
  const count = { used: 9998, leftOut: [...opened, ...met], complete: false, records: 10_000, met };
  expect(countText(count, opened).split('\n').slice(0, 2)).toEqual([
    'Of the first 10,000 records 9,998 used, 2 left out: 2 empty files; --deep counts all.',
    'Besides them 1 left out: 1 hidden file.',
  ]);
});

it('replaces control characters in names and cuts long ones', () => {
  expect(printable('a\u001b[2Jb\r\n\u202ec')).toBe('a\ufffd[2Jb\ufffd\ufffd\ufffdc');
  expect(printable('x'.repeat(1000))).toHaveLength(200);
});

it.each([
  [812, '812 B'],
  [999, '999 B'],
  [999_940, '999.9 kB'],
  [999_950, '1.0 MB'],
  [6100, '6.1 kB'],
  [31.2e9, '31.2 GB'],
  [4e15, '4000.0 TB'],
])('writes %d bytes as %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));
