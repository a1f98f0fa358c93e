import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setRunAside } from './set-run-aside';

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'run-folder-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a run that is set aside', () => {
  it('is moved with its outputs; the cached features stay', async () => {
    const own = [
      'run.safetensors',
      'run.before.safetensors',
      'centres.safetensors',
      'head.safetensors',
      'mine.safetensors',
      'ckpt_e3.pt',
      'events.out.tfevents.1',
    ];
    for (const name of [...own, 'abc.features', 'notes.txt']) await writeFile(at(name), name);
    await mkdir(at('before-1'));
    expect(await setRunAside(folder, at('mine.safetensors'))).toBe(at('before-2'));
    expect((await readdir(folder)).sort()).toEqual([
      'abc.features',
      'before-1',
      'before-2',
      'notes.txt',
    ]);
    expect((await readdir(at('before-2'))).sort()).toEqual([...own].sort());
    expect(await setRunAside(folder, at('mine.safetensors'))).toBeNull();
    expect(await setRunAside(at('none'), at('mine.safetensors'))).toBeNull();
  });
});
