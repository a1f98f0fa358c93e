import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { StudioError } from '../../../core/studio-error';
import { isMissing, unreadable } from '../disk-error';
import { errnoOf, isRunning, outputError } from '../output-file';

/** The file in a folder that says which program writes there. */
export const LOCK_FILE = 'in-use.lock';

/** Milliseconds that a program gets between making the file and writing in it. */
const MAX_UNWRITTEN_MS = 5000;
/** Milliseconds after which a lock that was taken over is looked at again. */
const LOOK_AGAIN_MS = 50;

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
  try {
    await mkdir(folder, { recursive: true });
    if (!(await made(path, mine))) await takeOver(folder, path, mine);
  } catch (cause) {
    throw outputError(path, cause);
  }
  held.add(token);
  return async () => {
    if (!held.delete(token)) return;
    if (tokenOf(await holderOf(path)) === token) await rm(path, { force: true });
  };
}

/** Whether a program holds a folder, this one too. @throws StudioError `storage-denied` */
export async function isFolderLocked(folder: string): Promise<boolean> {
  const path = join(folder, LOCK_FILE);
  const found = await holderOf(path);
  return found !== null && !(await isGone(found, path));
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

/** Puts the lock in place of one whose program is gone. @throws StudioError if it isn't gone */
async function takeOver(folder: string, path: string, mine: Holder): Promise<void> {
  const found = await holderOf(path);
  if (found && !(await isGone(found, path))) throw inUse(folder, found);
  // Moved, and not removed: of two programs that find the same stale lock, one moves it.
  const aside = `${path}.${mine.token}`;
  await rename(path, aside).catch((thrown: unknown) => {
    if (!isMissing(thrown)) throw thrown;
  });
  await rm(aside, { force: true });
  const isMade = await made(path, mine);
  // The other program may have moved this lock for the one that it had read.
  await setTimeout(LOOK_AGAIN_MS);
  const holder = await holderOf(path);
  if (!isMade || tokenOf(holder) !== mine.token) throw inUse(folder, holder);
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
    const { mtimeMs } = await stat(path);
    return Date.now() - mtimeMs > MAX_UNWRITTEN_MS;
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
