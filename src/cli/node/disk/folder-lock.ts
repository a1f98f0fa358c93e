import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { StudioError } from '../../../core/studio-error';
import { ignoreMissing, isMissing, unreadable } from '../disk-error';
import { errnoOf, isRunning, outputError } from '../output-file';

/** The file in a folder that says which program writes there. */
export const LOCK_FILE = 'in-use.lock';

/** Milliseconds that a program gets between making the file and writing in it. */
const MAX_UNWRITTEN_MS = 5000;
/** Milliseconds after which a lock that was taken over is looked at again. */
const LOOK_AGAIN_MS = 50;
/** Times that a lock is tried which several programs take over at once. */
const MAX_ATTEMPTS = 3;

/** Contents of a {@link LOCK_FILE}. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the system started the process, in its own words; null if it doesn't say. */
  readonly started: string | null;
  /** Of this lock alone. */
  readonly token: string;
}

/** What there is of a lock: `unknown` if it doesn't say whose it is, null if there is none. */
type Found = Holder | 'unknown' | null;

/** The locks that this process holds. */
const held = new Set<string>();

/**
 * Takes a folder for this program alone, until it is released or the program ends, however it ends:
 * the lock of a process that is gone is taken over. The folder is made if there is none.
 * @returns a function that releases it
 * @throws StudioError `storage-denied` while another program holds it, and if the lock can't be
 * written; `storage-full`
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, LOCK_FILE);
  const token = randomUUID();
  const mine: Holder = {
    pid: process.pid,
    host: hostname(),
    started: await startOf(process.pid),
    token,
  };
  held.add(token);
  try {
    await mkdir(folder, { recursive: true });
    for (let attempt = 1; ; attempt++) {
      const isTaken = (await made(path, mine)) || (await isTakenOver(folder, path, mine));
      const other = await yieldToMoved(folder, token);
      if (isTaken && !other) break;
      if (attempt === MAX_ATTEMPTS) throw inUse(folder, other ?? (await holderOf(path)));
      // Programs that stepped back for each other come again one after the other.
      await setTimeout(LOOK_AGAIN_MS * Math.random());
    }
  } catch (cause) {
    held.delete(token);
    throw outputError(path, cause);
  }
  return async () => {
    if (held.delete(token)) await removeLock(folder, token);
  };
}

/** Whether a program holds a folder, this one too. @throws StudioError `storage-denied` */
export async function isFolderLocked(folder: string): Promise<boolean> {
  for (const { path, holder } of await locksIn(folder))
    if (!(await isGone(holder, path))) return true;
  return false;
}

/** Makes the lock, unless there is one. @returns whether it was made */
async function made(path: string, mine: Holder): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(mine), { flag: 'wx' });
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}

/**
 * Puts the lock in place of one whose program is gone.
 * @returns false if another program was faster
 * @throws StudioError if it isn't gone
 */
async function isTakenOver(folder: string, path: string, mine: Holder): Promise<boolean> {
  const found = await holderOf(path);
  if (found && !(await isGone(found, path))) throw inUse(folder, found);
  // Moved, and not removed: another program may have put its own in place of the stale one since.
  const aside = `${path}.${randomUUID()}`;
  if (found && (await isMoved(path, aside))) {
    const moved = await holderOf(aside);
    if (moved && !(await isGone(moved, aside))) {
      await putBack(aside, path);
      return false;
    }
    await rm(aside, { force: true });
  }
  const isMade = await made(path, mine);
  await setTimeout(LOOK_AGAIN_MS);
  const isHeld = (await locksIn(folder)).some(({ holder }) => tokenOf(holder) === mine.token);
  return isMade && isHeld;
}

/** Renames a lock. @returns false if there is none any more */
async function isMoved(path: string, aside: string): Promise<boolean> {
  try {
    await rename(path, aside);
    return true;
  } catch (thrown) {
    if (isMissing(thrown)) return false;
    throw thrown;
  }
}

/**
 * Gives a lock its name again, unless a third program has made one meanwhile, or the disk has no
 * links. It then stays under its other name, where it counts as well: see {@link yieldToMoved}.
 */
async function putBack(aside: string, path: string): Promise<void> {
  try {
    await link(aside, path);
  } catch (thrown) {
    if (errnoOf(thrown)) return;
    throw thrown;
  }
  await rm(aside, { force: true });
}

/**
 * Gives a lock up that was made while that of another program lay under another name.
 * @returns whose that is; null if there is none
 */
async function yieldToMoved(folder: string, token: string): Promise<Found> {
  for (const { path, holder } of await locksIn(folder)) {
    if (path === join(folder, LOCK_FILE) || tokenOf(holder) === token) continue;
    if (await isGone(holder, path)) {
      await rm(path, { force: true });
      continue;
    }
    await removeLock(folder, token);
    return holder;
  }
  return null;
}

/** A lock, under its own name or another. */
interface FoundLock {
  readonly path: string;
  readonly holder: NonNullable<Found>;
}

async function locksIn(folder: string): Promise<FoundLock[]> {
  const names = await readdir(folder).catch((thrown: unknown) => {
    if (isMissing(thrown)) return [];
    throw unreadable(folder, thrown);
  });
  const locks: FoundLock[] = [];
  for (const name of names.filter((each) => each.startsWith(LOCK_FILE))) {
    const path = join(folder, name);
    const holder = await holderOf(path);
    if (holder) locks.push({ path, holder });
  }
  return locks;
}

async function removeLock(folder: string, token: string): Promise<void> {
  for (const { path, holder } of await locksIn(folder))
    if (tokenOf(holder) === token) await rm(path, { force: true });
}

const tokenOf = (found: Found): string | null =>
  found === null || found === 'unknown' ? null : found.token;

async function holderOf(path: string): Promise<Found> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    if (isMissing(thrown)) return null;
    throw unreadable(path, thrown);
  }
  try {
    const found = JSON.parse(text) as Partial<Holder> | null;
    const { pid, host, started = null, token } = found ?? {};
    if (typeof pid === 'number' && typeof host === 'string' && typeof token === 'string')
      return { pid, host, started, token };
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  return 'unknown';
}

async function isGone(holder: NonNullable<Found>, path: string): Promise<boolean> {
  if (holder === 'unknown') {
    const found = await stat(path).catch(ignoreMissing(path));
    return !found || Date.now() - found.mtimeMs > MAX_UNWRITTEN_MS;
  }
  const { pid, host, started, token } = holder;
  // Of another machine, which may be writing here over the network.
  if (host !== hostname()) return false;
  if (pid === process.pid) return !held.has(token);
  if (!isRunning(pid)) return true;
  // Another process that got the same id since.
  const startedNow = await startOf(pid);
  return started !== null && startedNow !== null && started !== startedNow;
}

/** When Linux started a process, in ticks since the machine started; null elsewhere. */
async function startOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // The second field is the program's name in brackets, which may hold blanks and brackets.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function inUse(folder: string, holder: Found): StudioError {
  const isKnown = holder !== null && holder !== 'unknown';
  const who = isKnown ? ` (process ${holder.pid} on ${holder.host})` : '';
  return new StudioError(
    'storage-denied',
    `${folder} is in use: another program${who} writes in it.`,
    `Wait for its end, or name another folder. If it runs no more, remove ${LOCK_FILE} there.`,
  );
}
