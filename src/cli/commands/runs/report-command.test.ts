import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { smallConfig } from '../../../../test/fixtures/small-run';
import { RunLibrary } from '../../../runs/run-library';
import { NodeFileStore } from '../../node/node-file-store';
import { reportCommand } from './report-command';

const started = process.cwd();
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scf-report-'));
  process.chdir(folder);
});
afterEach(async () => {
  process.chdir(started);
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

it('leaves a report that is there, unless it is named', async () => {
  const backbone = { name: 'tile means', hash: 'small' };
  await new RunLibrary(new NodeFileStore(join(folder, 'kept'))).create({
    config: smallConfig(),
    backbone,
    machine: 'wasm',
  });
  const said = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const report = (...words: string[]) =>
    reportCommand().parseAsync(['kept', ...words], { from: 'user' });
  await writeFile('report.html', 'mine');
  await report();
  expect(await readFile('report.html', 'utf8')).toBe('mine');
  expect(said).toHaveBeenCalledWith('The report is in report-2.html.');
  await report('--out', 'report.html');
  expect(await readFile('report.html', 'utf8')).toContain('<html');
  expect((await readdir(folder)).sort()).toEqual(['kept', 'report-2.html', 'report.html']);
});
