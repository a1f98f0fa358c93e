import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { StudioError } from '../../core/studio-error';
import { presets } from '../../training/config/run-config';
import { NodeEventFile } from './node-event-file';

vi.mock('node:fs', async (original) => {
  const actual = await original<typeof import('node:fs')>();
  return { ...actual, writeSync: vi.fn(actual.writeSync) };
});

const config = { ...presets.demo, tensorboard: true };
const warnings: StudioError[] = [];
let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'scf-events-'))));
afterEach(async () => {
  warnings.length = 0;
  await rm(folder, { recursive: true });
});

const begin = (where = folder) =>
  new NodeEventFile(where, config, 1000, (error) => warnings.push(error));

it('makes its folder, and writes each event to disk before take returns', async () => {
  const file = begin(join(folder, 'a/b'));
  file.append({ type: 'run-state', state: 'running', config });
  const before = await readFile(file.path);
  expect(before.includes('brain.Event:2')).toBe(true);
  expect(before.includes('_hparams_/session_start_info')).toBe(true);
  file.append({ type: 'run-state', state: 'finished', config });
  const after = await readFile(file.path);
  expect(after.subarray(0, before.length)).toEqual(before);
  expect(after.includes('_hparams_/session_end_info')).toBe(true);
  file.close();
  file.append({ type: 'run-state', state: 'finished', config });
  expect(await readFile(file.path)).toEqual(after);
  expect(warnings).toEqual([]);
});

it('goes on where the system breaks a write off, and says where it takes no more', async () => {
  const file = begin();
  const interrupted = Object.assign(new Error('EINTR'), { code: 'EINTR' });
  vi.mocked(writeSync).mockImplementationOnce(() => {
    throw interrupted;
  });
  file.append({ type: 'run-state', state: 'running', config });
  expect(warnings).toEqual([]);
  expect((await readFile(file.path)).includes('_hparams_/session_start_info')).toBe(true);
  vi.mocked(writeSync).mockReturnValueOnce(0);
  file.append({ type: 'run-state', state: 'finished', config });
  expect(warnings).toMatchObject([
    {
      code: 'storage-full',
      message: expect.stringMatching(/took 0 of \d+ bytes and then no more\)\.$/),
    },
  ]);
});

it('gives a second run of the same second another file name', async () => {
  const [first, second] = [begin(), begin()];
  first.append({ type: 'run-state', state: 'running', config });
  expect(second.path).toBe(`${first.path}.1`);
  expect(await readFile(second.path)).toHaveLength(0);
  for (const file of [first, second]) file.close();
});

it('refuses a path that can’t be a folder', async () => {
  await writeFile(join(folder, 'file'), '');
  expect(() => begin(join(folder, 'file/under'))).toThrow(
    expect.objectContaining({
      code: 'storage-denied',
      message: expect.stringContaining('file/under'),
    }),
  );
});
