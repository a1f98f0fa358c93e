import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { noDataTools } from '../fixtures/data-tools';
import { recordedTask } from '../fixtures/recorded-task';
import { archiveOf, octal, tarHeader } from '../fixtures/plain-tar';
import { createFaceSource, specOf } from '../../src/faces/sources/create-source';
import { usedSentence, type LeftOut } from '../../src/faces/survey/left-out';
import { DataController } from '../../src/studio/controllers/data-controller';
import { inspectCommand } from '../../src/cli/commands/inspect';
import type { SourceReport } from '../../src/cli/commands/inspect-text';

const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const;

/** A folder of people as it may look after years on several machines. */
async function mixedFolder(): Promise<Record<string, Uint8Array | string>> {
  const pictures = await Promise.all(
    FORMATS.map((format, at) => {
      const background = { r: 40 * at, g: 90, b: 120 };
      const picture = sharp({ create: { width: 112, height: 112, channels: 3, background } });
      return picture.toFormat(format).toBuffer();
    }),
  );
  const [jpeg, png, webp, gif, avif, tiff] = pictures as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  return {
    'faces/Ann/1.jpg': jpeg,
    'faces/Ann/2.JPEG': jpeg,
    'faces/Ann/._1.jpg': 'AppleDouble',
    'faces/Ann/.DS_Store': 'Finder',
    'faces/Ben/a.b.c.png': png,
    'faces/Ben/empty.jpg': '',
    'faces/Ben/letter.jpg': 'Dear Ben,',
    // A folder with unreadable formats only keeps its label, so that later labels don't shift.
    'faces/Cid/scan.tiff': tiff,
    'faces/Cid/phone.HEIC': 'ftypheic',
    'faces/Dia/1.webp': webp,
    'faces/Dia/2.gif': gif,
    'faces/Dia/more/3.avif': avif,
    'faces/Dia/notes.txt': 'Dia, 2019',
    'faces/Thumbs.db': 'Explorer',
    'faces/old.tar': archiveOf(tarHeader({ name: '1.jpg', size: octal(1) }), 'x'),
    'docs/fig1.jpg': jpeg,
    'README.md': '# Faces',
  };
}

/** The golden report: the label of each person, and the counts of used and left-out files. */
const LABELS = { Ann: 0, Ben: 1, Cid: 2, Dia: 3 };
const GOLDEN =
  '6 used, 11 left out: 3 hidden files, 2 files that are no pictures, ' +
  '2 pictures in formats that aren’t read, 1 file of another set, ' +
  '1 picture outside of the people’s folders, 1 empty file, 1 picture that can’t be decoded';

let root: string;
let files: Record<string, Uint8Array | string>;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mixed-'));
  files = await mixedFolder();
  for (const [path, contents] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), contents);
  }
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => rm(root, { recursive: true }));

/** Runs `scf inspect` on the folder and returns what it prints. */
async function onCommandLine(...flags: string[]): Promise<string> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await inspectCommand().parseAsync([root, ...flags], { from: 'user' });
  return log.mock.calls.map(([line]) => String(line)).join('\n');
}

/** The survey of the Data view, of files as a picker gives them. */
async function inPage() {
  const picked = Object.entries(files).map(([path, contents]) => {
    const file = new File([contents as Uint8Array<ArrayBuffer> | string], path.split('/').at(-1)!);
    return { path, file };
  });
  const controller = new DataController(
    async (shards, given) => createFaceSource(specOf(shards, given), 'http://localhost/'),
    async () => null,
    noDataTools,
  );
  const found = await controller.survey('files:mixed', picked, recordedTask());
  if (!found) throw new Error('The survey was stopped.');
  return found.survey;
}

describe('a folder with all kinds of files', () => {
  it('is counted by the command line as in the golden report', async () => {
    expect((await onCommandLine()).split('\n')).toContain(GOLDEN);
  });

  it('is counted by the page in the same way', async () => {
    const page = await inPage();
    const { count, source } = JSON.parse(await onCommandLine('--json')) as SourceReport;
    const kinds = (groups: readonly LeftOut[]) =>
      Object.fromEntries(groups.map(({ kind, count: many }) => [kind, many]));
    expect(kinds(page.leftOut)).toEqual(kinds(count.leftOut));
    expect(usedSentence(page.used, page.leftOut)).toBe(GOLDEN);
    expect([page.used, source.identities]).toEqual([count.used, 3]);
    expect(page.identities).toBe(3);
  });

  it('keeps the label of every folder', async () => {
    const report = JSON.parse(await onCommandLine('--json')) as SourceReport;
    const labels = report.first.map(({ key, label }) => [key.split('/')[0], label]);
    expect(labels.length).toBe(5);
    for (const [person, label] of labels) expect(label).toBe(LABELS[person as keyof typeof LABELS]);
    expect(labels.at(-1)).toEqual(['Dia', 3]);
  });

  it('leaves no file unaccounted for', () => {
    const [used, left] = GOLDEN.match(/^(\d+) used, (\d+)/)!
      .slice(1)
      .map(Number) as [number, number];
    expect(used + left).toBe(Object.keys(files).length);
  });
});
