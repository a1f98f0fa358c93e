import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import type { SkippedItem } from '../faces/survey/left-out';
import { LeftOutReport, listBeside } from './left-out-report';

let root: string;
let error: MockInstance<typeof console.error>;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'scf-left-out-'));
  error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true });
});

const printed = () => error.mock.calls.map(([line]) => String(line));
const empty = (i: number): SkippedItem => ({
  shard: 'faces',
  member: String(i),
  kind: 'empty-file',
  reason: `${i}.jpg is empty.`,
});

describe('a report of what is left out', () => {
  it('prints the first ten of each kind, counts all and lists them in a file', async () => {
    const report = new LeftOutReport(listBeside(join(root, 'head.safetensors')));
    report.opened({
      notes: ['People are the folders in faces/.'],
      leftOut: [{ kind: 'hidden', count: 12, first: ['.a', '.b'] }],
    });
    for (let i = 0; i < 100_000; i++) report.skip(empty(i));
    report.skip({ shard: 'b.tar', kind: 'damaged-shard', reason: 'it breaks off' });
    await report.end();
    expect(printed().slice(0, 3)).toEqual([
      'People are the folders in faces/.',
      'left out: 12 hidden files (.a, .b …)',
      'skipped faces 0: 0.jpg is empty.',
    ]);
    expect(printed().filter((line) => line.startsWith('skipped '))).toHaveLength(11);
    expect(printed().slice(-4)).toEqual([
      'More of this kind are counted but not printed.',
      'skipped b.tar: it breaks off',
      '100,013 left out: 12 hidden files, 100,000 empty files, 1 shard that breaks off.',
      `All of them are listed in ${join(root, 'head.left-out.txt')}.`,
    ]);
    const lines = (await readFile(join(root, 'head.left-out.txt'), 'utf8')).trim().split('\n');
    expect(lines.slice(0, 5)).toEqual([
      '12 hidden files:',
      '  .a',
      '  .b',
      '  …',
      'faces 0: 0.jpg is empty.',
    ]);
    expect(lines.slice(-2)).toEqual(['faces 99999: 99999.jpg is empty.', 'b.tar: it breaks off']);
    expect(lines).toHaveLength(4 + 100_001);
  });

  it('writes no file when all were printed, or without a path', async () => {
    for (const [count, at] of [
      [10, join(root, 'x.left-out.txt')],
      [11, null],
    ] as const) {
      const report = new LeftOutReport(at);
      for (let i = 0; i < count; i++) report.skip(empty(i));
      await report.end();
    }
    expect(await readdir(root)).toEqual([]);
    expect(printed().slice(-1)).toEqual(['11 left out: 11 empty files.']);
  });

  it('prints a changed count only, and once what opening left out', async () => {
    const report = new LeftOutReport(null);
    report.sum();
    for (let i = 0; i < 2; i++)
      report.opened({ leftOut: [{ kind: 'hidden', count: 1, first: ['.a'] }] });
    for (let i = 0; i < 2; i++) report.sum();
    await report.end();
    for (let i = 0; i < 2; i++) report.opened({ notes: ['Keys are read up to the last dot.'] });
    expect(printed()).toEqual([
      'left out: 1 hidden file (.a)',
      '1 left out: 1 hidden file.',
      'Keys are read up to the last dot.',
    ]);
  });

  it('replaces control characters in names that a terminal would obey', () => {
    new LeftOutReport(null).skip({
      shard: 'a\u001b[2J',
      member: 'b\n',
      kind: 'undecodable',
      reason: '\u0007',
    });
    expect(printed()).toEqual(['skipped a\ufffd[2J b\ufffd: \ufffd']);
  });
});
