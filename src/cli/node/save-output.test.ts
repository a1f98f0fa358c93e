import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freeName, saveOrPrint, saveOutput } from './save-output';

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
let errors: string[] = [];
let printed: string[] = [];
const temporary = process.env.TMPDIR;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'save-output-'));
  await mkdir(at('tmp'));
  process.env.TMPDIR = at('tmp');
  errors = [];
  printed = [];
  vi.spyOn(console, 'error').mockImplementation((line: string) => void errors.push(line));
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  if (temporary === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = temporary;
  await rm(folder, { recursive: true });
});

const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
/** Content whose first attempts fail with a full disk. */
function fullAtFirst(tries: number): () => AsyncGenerator<Uint8Array> {
  let tried = 0;
  return async function* () {
    yield Uint8Array.of(1, 2);
    if (tried++ < tries) throw full;
    yield Uint8Array.of(3);
  };
}

it('finds a name that no file has', async () => {
  expect(await freeName(folder, 'head.safetensors')).toBe(at('head.safetensors'));
  for (const name of ['head.safetensors', 'head-2.safetensors']) await writeFile(at(name), '');
  expect(await freeName(folder, 'head.safetensors')).toBe(at('head-3.safetensors'));
});

describe('saveOutput', () => {
  it('writes a file at its path, and prints nothing', async () => {
    const path = at('runs', 'head.safetensors');
    expect(await saveOutput('The head', path, () => 'head')).toBe(path);
    expect([errors, process.exitCode]).toEqual([[], undefined]);
  });

  it('takes another name in the folder if the path is a folder', async () => {
    const path = at('head.safetensors');
    await mkdir(path);
    await writeFile(at('head-2.safetensors'), 'older');
    const found = await saveOutput('The head', path, () => 'head');
    expect(found).toBe(at('head-3.safetensors'));
    expect(await readFile(found!, 'utf8')).toBe('head');
    const instead = `The head is in ${found} instead.`;
    expect(errors).toEqual([`${path} is a folder; a file was expected. ${instead}`]);
    expect(process.exitCode).toBe(1);
  });

  it('takes the temporary folder if the disk is full, and leaves the old head', async () => {
    const path = at('head.safetensors');
    await writeFile(path, 'good');
    const found = await saveOutput('The head', path, fullAtFirst(2));
    expect(found).toBe(at('tmp', 'head.safetensors'));
    expect([...(await readFile(found!))]).toEqual([1, 2, 3]);
    expect(await readFile(path, 'utf8')).toBe('good');
    expect((await readdir(folder)).sort()).toEqual(['head.safetensors', 'tmp']);
    const instead = `The head is in ${found} instead.`;
    expect(errors).toEqual([`${path} can't be written: the disk is full. ${instead}`]);
  });

  it('reports a lost result, and leaves the earlier ones', async () => {
    const path = at('head.safetensors');
    expect(await saveOutput('The head', path, fullAtFirst(3))).toBeNull();
    const lost = /the disk is full\. The head is lost: .*tmp.*full\.$/;
    expect(errors).toEqual([expect.stringMatching(lost)]);
    expect(process.exitCode).toBe(1);
    expect(await readdir(folder)).toEqual(['tmp']);
  });

  it.skipIf(process.platform !== 'linux')('makes no file beside a device', async () => {
    const found = await saveOutput('The head', '/dev/full', () => 'head');
    expect(found).toBe(at('tmp', 'full'));
  });

  it('passes on an error of the content itself', async () => {
    const make = () => {
      throw new TypeError('no');
    };
    await expect(saveOutput('The head', at('head'), make)).rejects.toThrow(TypeError);
  });
});

describe('saveOrPrint', () => {
  it('writes a text', async () => {
    await saveOrPrint('The table', at('table.md'), '| a |');
    expect(await readFile(at('table.md'), 'utf8')).toBe('| a |');
    expect([errors, printed, process.exitCode]).toEqual([[], [], undefined]);
  });

  it("prints the text if it can't be written", async () => {
    await writeFile(at('file'), '');
    await saveOrPrint('The table', at('file', 'table.md'), '| a |');
    expect(printed).toEqual(['| a |']);
    expect(errors).toEqual([
      expect.stringContaining('is no folder. The table is printed instead.'),
    ]);
    expect(process.exitCode).toBe(1);
  });
});
