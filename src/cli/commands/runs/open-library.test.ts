import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { smallConfig } from '../../../../test/fixtures/small-run';
import { isFolderLocked, lockFolder } from '../../node/disk/folder-lock';
import { withOwnLibrary } from './open-library';
import { runsCommand } from './runs-command';

let folder = '';
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'own-library-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const begun = {
  config: smallConfig(),
  backbone: { name: 'tile means', hash: 'small' },
  machine: 'wasm',
};

describe('runs in a folder', () => {
  it('are not removed or imported while another program works there', async () => {
    const { id } = await withOwnLibrary(folder, (library) => library.create(begun));
    const release = await lockFolder(folder);
    const run = (...words: string[]) =>
      runsCommand().parseAsync([...words, '--checkpoints', folder], { from: 'user' });
    const refused = expect.objectContaining({ message: expect.stringContaining('is in use') });
    await expect(run('remove', id)).rejects.toEqual(refused);
    await expect(run('import', process.execPath)).rejects.toEqual(refused);
    await release();
    // Its program died: the lock that the command holds itself is no training.
    await run('remove', id);
    await withOwnLibrary(folder, async (library) =>
      expect((await library.list()).runs).toEqual([]),
    );
    expect(await isFolderLocked(folder)).toBe(false);
  });
});
