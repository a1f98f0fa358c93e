import { mkdtemp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Command } from 'commander';
import { centresCommand } from '../../src/cli/commands/centres';
import { evaluateCommand } from '../../src/cli/commands/evaluate/evaluate';
import { evaluateIjbCommand } from '../../src/cli/commands/evaluate/evaluate-ijb';
import { embedCommand } from '../../src/cli/commands/faces/embed';
import { rankCommand } from '../../src/cli/commands/faces/rank';
import { lessonCommand } from '../../src/cli/commands/lesson';
import { trainCommand } from '../../src/cli/commands/train/train-command';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checked-outputs-'));
  await mkdir(join(folder, 'd.safetensors'));
  await writeFile(join(folder, 'file'), '');
});
afterAll(() => rm(folder, { recursive: true }));

// The inputs don't exist: each command must fail at its output before it opens them.
const evaluated = ['--images', 'none', '--pairs', 'none.txt'];
const shards = ['--shards', 'none'];
const nowhere = ['--out', '/dev/null'];
const cases: readonly [string, () => Command, string[], string][] = [
  ['train', trainCommand, [...shards, '--out'], 'd.safetensors'],
  ['train --output_dir', trainCommand, [...shards, ...nowhere, '--output_dir'], 'file'],
  ['train --checkpoints', trainCommand, [...shards, ...nowhere, '--checkpoints'], 'file'],
  ['lesson', lessonCommand, [...shards, '--out'], 'd.safetensors'],
  ['lesson --checkpoints', lessonCommand, [...shards, ...nowhere, '--checkpoints'], 'file'],
  ['centres', centresCommand, [...shards, '--out'], 'd.safetensors'],
  ['embed', embedCommand, ['none.jpg', '--out'], 'd.safetensors'],
  ['rank --csv', rankCommand, ['none.jpg', '--csv'], 'file/a.csv'],
  ['evaluate --json', evaluateCommand, [...evaluated, '--json'], 'd.safetensors'],
  ['evaluate --table', evaluateCommand, [...evaluated, '--table'], 'file/table.md'],
  ['evaluate-ijb --json', evaluateIjbCommand, ['none', '--json'], 'file/a.json'],
];

it.each(cases)(
  '%s is refused before its work if its output can’t be written',
  async (_, make, words, out) => {
    const running = make().parseAsync([...words, join(folder, out)], { from: 'user' });
    await expect(running).rejects.toMatchObject({ code: 'storage-denied' });
    expect((await readdir(folder)).sort()).toEqual(['d.safetensors', 'file']);
  },
);
