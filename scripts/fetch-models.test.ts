import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchModels, type FetchModelsOptions } from './fetch-models';

const contents = { 'a.onnx': 'first model', 'b.onnx': 'second model' };
const hashes = Object.fromEntries(
  Object.entries(contents).map(([name, body]) => [
    name,
    createHash('sha256').update(body).digest('hex'),
  ]),
);

let root: string;
let directory: string;
/** The folder that the package was unpacked into; null if nothing was fetched. */
let unpackedInto: string | null;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fetch-models-test-'));
  directory = join(root, 'public', 'models');
  unpackedInto = null;
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Stands for the download: unpacks the package, with some files changed. */
const unpacking =
  (changes: Readonly<Record<string, string>> = {}): FetchModelsOptions['extract'] =>
  async (folder) => {
    unpackedInto = folder;
    await mkdir(join(folder, 'model'));
    for (const [name, body] of Object.entries({ ...contents, ...changes }))
      await writeFile(join(folder, 'model', name), body);
  };

/** Fetches, and returns the lines that were printed. */
async function fetched(extract: FetchModelsOptions['extract']): Promise<string[]> {
  const lines: string[] = [];
  await fetchModels({ directory, hashes, extract, say: (line) => lines.push(line) });
  return lines;
}

const installed = async () =>
  Object.fromEntries(
    await Promise.all(
      (await readdir(directory)).map(
        async (name) => [name, await readFile(join(directory, name), 'utf8')] as const,
      ),
    ),
  );

async function install(files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, body] of Object.entries(files)) await writeFile(join(directory, name), body);
}

/** Expects that the unpacked package has been removed. */
async function expectNoLeftovers(): Promise<void> {
  if (unpackedInto) await expect(readdir(unpackedInto)).rejects.toMatchObject({ code: 'ENOENT' });
}

describe('fetching the models', () => {
  it('reports the unpacked bytes and their total every second', async () => {
    const reports: (readonly [number, number | undefined])[] = [];
    const slowly: FetchModelsOptions['extract'] = async (folder, onTotal) => {
      onTotal(1000);
      await unpacking()!(folder, onTotal);
      await expect.poll(() => reports.length, { timeout: 5000 }).toBeGreaterThan(1);
    };
    await fetchModels({
      directory,
      hashes,
      extract: slowly,
      say: () => undefined,
      onProgress: (bytes, total) => reports.push([bytes, total]),
    });
    const size = Object.values(contents).join('').length;
    expect(reports.slice(0, 2)).toEqual([
      [0, undefined],
      [size, 1000],
    ]);
    const before = reports.length;
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(reports).toHaveLength(before);
  });

  it('installs every file, prints that, and does nothing the second time', async () => {
    expect(await fetched(unpacking())).toEqual([
      expect.stringContaining('Fetching'),
      expect.stringContaining(directory),
    ]);
    expect(await installed()).toEqual(contents);
    await expectNoLeftovers();
    unpackedInto = null;
    expect(await fetched(unpacking())).toEqual([]);
    expect(unpackedInto).toBeNull();
  });

  it('fetches again if a file is missing, or isn’t the pinned one', async () => {
    for (const present of [
      { 'a.onnx': contents['a.onnx'] },
      { ...contents, 'b.onnx': 'second mod' },
    ]) {
      await rm(directory, { recursive: true, force: true });
      await install(present);
      await fetched(unpacking());
      expect(await installed()).toEqual(contents);
    }
  });

  it('fails with one line without a network, and leaves nothing behind', async () => {
    const offline: FetchModelsOptions['extract'] = async (folder) => {
      unpackedInto = folder;
      await writeFile(join(folder, 'half'), 'of a package');
      throw new Error('getaddrinfo ENOTFOUND registry\n    at somewhere in a stack');
    };
    const error = await fetched(offline).then(
      () => null,
      (thrown: Error) => thrown,
    );
    expect(error?.message).toMatch(/^The face models could not be fetched from the npm registry /);
    expect(error?.message).toMatch(/ \(getaddrinfo ENOTFOUND registry\)\. .+\.$/);
    expect(error?.message).not.toContain('\n');
    expect(await readdir(root)).toEqual([]);
    await expectNoLeftovers();
  });

  it('keeps what was there when the network fails', async () => {
    await install({ 'a.onnx': contents['a.onnx'] });
    await expect(fetched(() => Promise.reject(new Error('offline')))).rejects.toThrow('offline');
    expect(await installed()).toEqual({ 'a.onnx': contents['a.onnx'] });
  });

  it('installs nothing when one file has another hash', async () => {
    await expect(fetched(unpacking({ 'b.onnx': 'a model with something added' }))).rejects.toThrow(
      /^b\.onnx in .* has SHA-256 [0-9a-f]{64}; [0-9a-f]{64} was expected/,
    );
    expect(await readdir(root)).toEqual([]);
    await expectNoLeftovers();
  });

  it('installs nothing when the package lacks a file', async () => {
    const lacking: FetchModelsOptions['extract'] = async (folder, onTotal) => {
      await unpacking()!(folder, onTotal);
      await rm(join(folder, 'model', 'b.onnx'));
    };
    await expect(fetched(lacking)).rejects.toThrow('(no such file)');
    expect(await readdir(root)).toEqual([]);
  });

  it('removes the partial files that a killed run left', async () => {
    await install({ 'a.onnx.part': 'first mo', 'b.onnx.part': '' });
    await fetched(unpacking());
    expect(await installed()).toEqual(contents);
  });

  it('leaves only whole files when a file cannot be moved into place', async () => {
    // A folder in the place of the second model, which fails after the first is in place.
    await mkdir(join(directory, 'b.onnx', 'in the way'), { recursive: true });
    await expect(fetched(unpacking())).rejects.toThrow();
    expect(await readFile(join(directory, 'a.onnx'), 'utf8')).toBe(contents['a.onnx']);
    expect((await readdir(directory)).sort()).toEqual(['a.onnx', 'b.onnx']);
    await expectNoLeftovers();
  });
});
