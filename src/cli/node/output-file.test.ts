import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StudioError } from '../../core/studio-error';
import { checkOutput, outputError, writeOutput } from './output-file';

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'output-file-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';
const systemError = (code: string) => Object.assign(new Error(`${code}: of a test`), { code });

async function* thenThrows(error: Error): AsyncGenerator<Uint8Array> {
  yield Uint8Array.of(1, 2, 3);
  throw error;
}

describe('writeOutput', () => {
  it('writes bytes, text and chunks, makes the folder, and leaves nothing else', async () => {
    await writeOutput(at('new', 'a.bin'), Uint8Array.of(1, 2));
    await writeOutput(at('new', 'b.txt'), 'text');
    await writeOutput(at('new', 'c.bin'), new Blob(['chunks']).stream());
    expect([...(await readFile(at('new', 'a.bin')))]).toEqual([1, 2]);
    expect(await readFile(at('new', 'b.txt'), 'utf8')).toBe('text');
    expect(await readFile(at('new', 'c.bin'), 'utf8')).toBe('chunks');
    expect((await readdir(at('new'))).sort()).toEqual(['a.bin', 'b.txt', 'c.bin']);
  });

  it('leaves the old file as it was if the disk fills up half-way', async () => {
    await writeFile(at('head'), 'good');
    const writing = writeOutput(at('head'), thenThrows(systemError('ENOSPC')));
    await expect(writing).rejects.toMatchObject({ code: 'storage-full' });
    expect(await readFile(at('head'), 'utf8')).toBe('good');
    expect(await readdir(folder)).toEqual(['head']);
  });

  it('passes on an error of the content itself', async () => {
    const own = new StudioError('diverged', 'No.', 'Stop.');
    await expect(writeOutput(at('a'), thenThrows(own))).rejects.toBe(own);
    expect(await readdir(folder)).toEqual([]);
  });

  it('keeps the file whole if several write it at the same time', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(100_000));
    await Promise.all(texts.map((text) => writeOutput(at('a'), text)));
    expect(texts).toContain(await readFile(at('a'), 'utf8'));
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('removes the part that a killed process left, and no other', async () => {
    // Linux gives no process an id this large.
    const dead = 'a.99999999-0123abcd.part';
    const others = [`a.${process.pid}-0123abcd.part`, 'b.99999999-0123abcd.part'];
    for (const name of [dead, ...others]) await writeFile(at(name), '');
    await writeOutput(at('a'), 'text');
    expect((await readdir(folder)).sort()).toEqual(['a', ...others].sort());
  });

  it('writes through a link, keeps the mode, and takes the longest name', async () => {
    await writeFile(at('file'), 'before');
    await chmod(at('file'), 0o640);
    await symlink(at('file'), at('link'));
    await writeOutput(at('link'), 'after');
    expect((await lstat(at('link'))).isSymbolicLink()).toBe(true);
    expect(await readFile(at('file'), 'utf8')).toBe('after');
    expect((await stat(at('file'))).mode & 0o777).toBe(0o640);
    await writeOutput(at('x'.repeat(255)), 'long');
    expect(await readFile(at('x'.repeat(255)), 'utf8')).toBe('long');
  });

  it.skipIf(!isLinux)('writes to a device as it stands, and says when that is full', async () => {
    await writeOutput('/dev/null', 'text');
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
    const writing = writeOutput('/dev/full', 'text');
    await expect(writing).rejects.toMatchObject({ code: 'storage-full' });
  });
});

describe('checkOutput', () => {
  it('makes the folder and leaves it empty', async () => {
    await checkOutput(at('new', 'deep', 'head.safetensors'), ['.safetensors']);
    expect(await readdir(at('new', 'deep'))).toEqual([]);
  });

  it('leaves an existing file as it is', async () => {
    await writeFile(at('a'), 'text');
    await checkOutput(at('a'));
    expect(await readFile(at('a'), 'utf8')).toBe('text');
  });

  it.each([
    ['out.safetensors', 'storage-denied', 'is a folder; a file was expected.'],
    ['file/head.safetensors', 'storage-denied', 'is no folder.'],
    [`${'x'.repeat(300)}.safetensors`, 'storage-denied', "names here can't be so long."],
    ['head.pt', 'bad-config', 'ends in .pt; .safetensors was expected.'],
    ['head', 'bad-config', 'has no ending; .safetensors was expected.'],
  ])('refuses %s', async (name, code, end) => {
    await mkdir(at('out.safetensors'));
    await writeFile(at('file'), '');
    const message = expect.stringContaining(end);
    await expect(checkOutput(at(name), ['.safetensors'])).rejects.toMatchObject({ code, message });
  });

  it('names all allowed endings', async () => {
    const message = 'table.html ends in .html; .csv, .md or .tex was expected.';
    await expect(checkOutput('table.html', ['.csv', '.md', '.tex'])).rejects.toThrow(message);
  });

  it.skipIf(isRoot)('refuses a folder and a file that may not be written to', async () => {
    const denied = { code: 'storage-denied' };
    await writeFile(at('file'), '');
    await chmod(at('file'), 0o400);
    await expect(checkOutput(at('file'))).rejects.toMatchObject(denied);
    await chmod(folder, 0o500);
    await expect(checkOutput(at('other'))).rejects.toMatchObject(denied);
    await chmod(folder, 0o700);
  });

  it.skipIf(!isLinux)('refuses a place that takes no files, even for root', async () => {
    const denied = { code: 'storage-denied' };
    await expect(checkOutput('/proc/head.safetensors')).rejects.toMatchObject(denied);
    await expect(checkOutput('/dev/null', ['.safetensors'])).resolves.toBeUndefined();
  });
});

describe('outputError', () => {
  it.each(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EISDIR', 'ENOTDIR', 'ENOENT', 'EIO'])(
    'has a sentence and a next step for %s',
    (errno) => {
      const code = ['ENOSPC', 'EDQUOT'].includes(errno) ? 'storage-full' : 'storage-denied';
      const sentence = expect.stringMatching(/\.$/);
      const error = outputError('runs/head', systemError(errno));
      expect(error).toMatchObject({ code, message: sentence, nextStep: sentence });
    },
  );

  it('returns other errors unchanged', () => {
    const plain = new TypeError('x is not a function');
    expect(outputError('a', plain)).toBe(plain);
  });
});
