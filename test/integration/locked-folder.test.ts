import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { isHidden } from '../../src/faces/sources/folder/file-paths';
import { folderFiles } from '../../src/cli/node/node-files';

type Disk = typeof import('node:fs/promises');

// Mocked, since the user who runs the tests may be root and can read every folder.
vi.mock('node:fs/promises', async (original) => {
  const disk = await original<Disk>();
  return { ...disk, readdir: vi.fn(disk.readdir) };
});

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'locked-'));
  for (const folder of ['ann', 'bob', 'lost+found']) {
    await mkdir(join(root, folder));
    await writeFile(join(root, folder, '1.jpg'), folder);
  }
});
afterEach(() => rm(root, { recursive: true }));

/** Makes a folder unreadable for this user. */
async function lock(folder: string): Promise<void> {
  const disk = await vi.importActual<Disk>('node:fs/promises');
  const list = async (path: string, options: { withFileTypes: true }) => {
    if (path.includes(folder)) throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
    return disk.readdir(path, options);
  };
  vi.mocked(readdir).mockImplementation(list as unknown as typeof readdir);
}

it('a person’s folder that can’t be read is an error: other labels would shift', async () => {
  await lock('ann');
  await expect(folderFiles(root)).rejects.toMatchObject({
    code: 'storage-denied',
    message: expect.stringMatching(
      /ann\/ is there and can't be read: this user may not read it\.$/,
    ),
    nextStep: expect.stringMatching(/^Allow/),
  });
});

it('a system’s own folder that can’t be read is one hidden file', async () => {
  await lock('lost+found');
  const paths = (await folderFiles(root)).map(({ path }) => path);
  expect(paths.sort()).toEqual(['ann/1.jpg', 'bob/1.jpg', 'lost+found/']);
  expect(paths.map(isHidden)).toEqual([false, false, true]);
});
