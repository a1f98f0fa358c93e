import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { tinyShard } from '../../../../e2e/tiny-shard';
import { RunLibrary } from '../../../runs/run-library';
import { resolveConfig } from '../../../training/config/run-config';
import { NodeFileStore } from '../../node/node-file-store';
import { trainCommand } from './train-command';

let root = '';
const at = (...names: string[]) => join(root, ...names);
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'scf-train-'));
  await mkdir(at('shards'));
  const people = { trainedPeople: 4, heldOutPeople: 2, pictures: 3 };
  await writeFile(at('shards', 'a.tar'), await tinyShard(people));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true });
});

const few = ['--set', 'epochs=1', 'batchSize=8'];
const train = (...words: string[]) => {
  const out = ['--out', at('head.safetensors'), '--checkpoints', at('runs')];
  return trainCommand().parseAsync([...words, ...out], { from: 'user' });
};

it('keeps no run of a command that is refused', async () => {
  await expect(train('--shards', at('nowhere'))).rejects.toMatchObject({ code: 'bad-source' });
  expect(await readdir(at('runs'))).toEqual([]);
});

it('ends with a sentence where a checkpoint can’t be read, and overwrites nothing', async () => {
  const store = new NodeFileStore(at('runs'));
  const library = new RunLibrary(store);
  const config = resolveConfig({ shards: at('shards') });
  const backbone = { name: 'a', hash: 'b' };
  const { id, folder } = await library.create({ config, backbone, machine: 'test' });
  await library.update(id, (manifest) => ({ ...manifest, step: 5, checkpointStep: 5 }));
  // A folder in its place can't be read by any user, the superuser included.
  await mkdir(at('runs', 'runs', id, 'run.safetensors'));
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  await expect(train('--shards', at('shards'), '--resume')).rejects.toMatchObject({
    code: 'storage-denied',
    message: expect.stringContaining('run.safetensors is there and can'),
  });
  expect(await library.runs.folders()).toEqual([id]);
  expect((await folder.list()).map(({ name }) => name)).toEqual(['manifest.json']);
});

it('reports a damaged shard, with --json too', { timeout: 60_000 }, async () => {
  await writeFile(at('shards', 'b.tar'), new Uint8Array(2048).fill(7));
  const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const stderr = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  await train('--shards', at('shards'), '--json', ...few);
  expect(printed.mock.calls).toHaveLength(1);
  expect(JSON.parse(String(printed.mock.calls[0]))).toMatchObject({ steps: expect.any(Number) });
  expect(stderr.mock.calls.flat().join('\n')).toMatch(/^skipped b\.tar/m);
});

it(
  'names ten of many empty pictures, counts them, and lists all beside the head',
  { timeout: 60_000 },
  async () => {
    await mkdir(at('faces', 'docs'), { recursive: true });
    for (const person of ['ann', 'bob']) {
      await mkdir(at('faces', 'people', person), { recursive: true });
      for (let i = 0; i < 20; i++) await writeFile(at('faces', 'people', person, `${i}.jpg`), '');
    }
    await writeFile(at('faces', 'docs', 'fig1.jpg'), 'x');
    await writeFile(at('faces', 'Thumbs.db'), 'x');
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const stderr = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await expect(train('--shards', at('faces'), '--json', ...few)).rejects.toMatchObject({
      code: 'bad-source',
    });
    const lines = stderr.mock.calls.map(([line]) => String(line));
    expect(lines.filter((line) => line.startsWith('skipped '))).toHaveLength(10);
    expect(lines).toContain('People are the folders in people/.');
    expect(lines).toContain('left out: 1 hidden file (Thumbs.db)');
    expect(lines).toContain(
      '42 left out: 1 hidden file, 1 picture outside of the people’s folders, 40 empty files.',
    );
    const list = (await readdir(root)).find((name) => name.endsWith('.left-out.txt'))!;
    expect((await readFile(at(list), 'utf8')).match(/is empty/g)).toHaveLength(40);
  },
);
