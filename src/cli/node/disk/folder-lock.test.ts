import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCK_FILE, lockFolder } from './folder-lock';

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
});
