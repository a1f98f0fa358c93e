import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { tinyShard } from '../../../../e2e/tiny-shard';
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

it('leaves the saved run in its place if the new one is refused', async () => {
  await mkdir(at('runs'));
  await writeFile(at('runs', 'run.safetensors'), 'a run');
  const started = train('--shards', at('nowhere'), '--anew');
  await expect(started).rejects.toMatchObject({ code: 'bad-source' });
  expect(await readdir(at('runs'))).toEqual(['run.safetensors']);
});

it('moves what has the name of a run’s file aside with --anew', { timeout: 60_000 }, async () => {
  await mkdir(at('runs', 'run.safetensors'), { recursive: true });
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  await train('--shards', at('shards'), '--anew', '--json', ...few);
  expect(await readdir(at('runs', 'before-1'))).toEqual(['run.safetensors']);
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
