import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isFolderLocked, LOCK_FILE, lockFolder } from './folder-lock';

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof import('node:fs/promises')>();
  return { ...actual, rename: vi.fn(actual.rename), stat: vi.fn(actual.stat) };
});

let folder = '';
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'folder-lock-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const lockedBy = (holder: object | string) =>
  writeFile(
    join(folder, LOCK_FILE),
    typeof holder === 'string' ? holder : JSON.stringify({ token: 'other', ...holder }),
  );
const refused = (message: string) => ({
  code: 'storage-denied',
  message: expect.stringContaining(message),
});

describe('a folder for one program', () => {
  it('is refused while it is held, and free afterwards', async () => {
    const inner = join(folder, 'not', 'made');
    const release = await lockFolder(inner);
    await expect(lockFolder(inner)).rejects.toMatchObject(
      refused(`${inner} is in use: another program (process ${process.pid} on ${hostname()})`),
    );
    await release();
    expect(await readdir(inner)).toEqual([]);
    await (
      await lockFolder(inner)
    )();
  });

  it('is refused while another process is alive, and taken over when it is gone', async () => {
    const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    await lockedBy({ pid: other.pid, host: hostname() });
    await expect(lockFolder(folder)).rejects.toMatchObject(refused(`process ${other.pid} `));
    other.kill('SIGKILL');
    await once(other, 'exit');
    const release = await lockFolder(folder);
    expect(JSON.parse(await readFile(join(folder, LOCK_FILE), 'utf8')).pid).toBe(process.pid);
    await release();
  });

  it.runIf(process.platform === 'linux')(
    'is taken over from a process whose id another one has since',
    async () => {
      await lockedBy({ pid: process.ppid, host: hostname(), started: '1' });
      await (
        await lockFolder(folder)
      )();
      await lockedBy({ pid: process.pid, host: hostname() });
      await (
        await lockFolder(folder)
      )();
    },
  );

  it('is not taken over from another machine, nor before it says whose it is', async () => {
    await lockedBy({ pid: 99999999, host: 'elsewhere' });
    await expect(lockFolder(folder)).rejects.toMatchObject(refused('on elsewhere) writes in it'));
    await lockedBy('');
    await expect(lockFolder(folder)).rejects.toMatchObject(refused('another program writes in it'));
  });

  it('goes to one of many that find a stale lock at the same time', async () => {
    await lockedBy({ pid: 99999999, host: hostname() });
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
    const taken = all.filter(({ status }) => status === 'fulfilled');
    expect(taken.length).toBe(1);
  });

  it('is left to a program that took it over just before this one would have', async () => {
    const gone = { pid: 99999999, host: hostname() };
    const alive = { pid: process.ppid, host: hostname(), token: 'alive' };
    await lockedBy(gone);
    const moved = vi.mocked(rename).getMockImplementation()!;
    vi.mocked(rename).mockImplementationOnce(async (from, to) => {
      await lockedBy(alive);
      await moved(from, to);
    });
    await expect(lockFolder(folder)).rejects.toMatchObject(refused(`process ${process.ppid} `));
    expect(await readdir(folder)).toEqual([LOCK_FILE]);
    expect(JSON.parse(await readFile(join(folder, LOCK_FILE), 'utf8'))).toEqual(alive);
    // A third program makes a lock while that one is moved: it stays beside it, and counts.
    await lockedBy(gone);
    vi.mocked(rename).mockImplementationOnce(async (from, to) => {
      await lockedBy(alive);
      await moved(from, to);
      await lockedBy({ ...gone, token: 'third' });
    });
    await expect(lockFolder(folder)).rejects.toMatchObject(refused(`process ${process.ppid} `));
    await expect(lockFolder(folder)).rejects.toMatchObject(refused(`process ${process.ppid} `));
    expect(await isFolderLocked(folder)).toBe(true);
    const [aside] = await readdir(folder);
    expect(await readdir(folder)).toHaveLength(1);
    // It is gone.
    await writeFile(join(folder, aside!), JSON.stringify({ ...gone, token: 'alive' }));
    const release = await lockFolder(folder);
    expect(await readdir(folder)).toEqual([LOCK_FILE]);
    await release();
  });

  it('is free where its lock is removed while it is looked at', async () => {
    await lockedBy('');
    const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    vi.mocked(stat).mockRejectedValueOnce(missing);
    expect(await isFolderLocked(folder)).toBe(false);
  });
});
