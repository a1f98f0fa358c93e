import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import {
  access,
  constants,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { StudioError } from '../../core/studio-error';

/** Content of a file: bytes, text, or a stream of chunks. */
export type OutputContent = string | Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Checks that a file can be written, before the work whose result it will hold: makes its folder,
 * and creates and removes a file in it.
 * @param endings allowed endings, such as `.safetensors`; any ending if empty
 * @throws StudioError `bad-config` for another ending; otherwise as {@link outputError} says
 */
export async function checkOutput(path: string, endings: readonly string[] = []): Promise<void> {
  try {
    const place = await placeOf(path);
    if (place.isDevice) return;
    const ending = extname(path);
    if (endings.length > 0 && !endings.includes(ending)) {
      const found = ending === '' ? 'has no ending' : `ends in ${ending}`;
      const message = `${path} ${found}; ${orOf(endings)} was expected.`;
      throw new StudioError('bad-config', message, 'Name another file.');
    }
    await mkdir(dirname(place.path), { recursive: true });
    const part = partOf(place.path);
    await (await open(part, 'wx')).close();
    await rm(part);
  } catch (cause) {
    throw outputError(path, cause);
  }
}

/**
 * Writes a file whole or not at all: under another name in the same folder, flushed to the disk,
 * and then moved into place. An existing file stays as it is until then. A device or a pipe, such
 * as `/dev/stdout`, is written to directly.
 * @throws StudioError as {@link outputError} says; errors of the content itself, unchanged
 */
export async function writeOutput(path: string, content: OutputContent): Promise<void> {
  try {
    const place = await placeOf(path);
    if (place.isDevice) return await writeFile(place.path, content);
    await mkdir(dirname(place.path), { recursive: true });
    await writeThenMove(place.path, content, place.mode);
  } catch (cause) {
    throw outputError(path, cause);
  }
}

/**
 * As {@link writeOutput}, and renames the file that is replaced to `before`, in the same folder. If
 * this is interrupted at any point, at least one of the two names holds a complete file.
 * @throws StudioError as {@link writeOutput}
 */
export async function replaceOutput(
  path: string,
  content: OutputContent,
  before: string,
): Promise<void> {
  try {
    await placeOf(path);
    await mkdir(dirname(path), { recursive: true });
    await writeThenMove(path, content, undefined, () => moveIfThere(path, before));
  } catch (cause) {
    throw outputError(path, cause);
  }
}

/**
 * Moves a file within its folder, in place of another one, and waits until that is on the disk.
 * Does nothing if there is none.
 * @throws StudioError as {@link outputError} says
 */
export async function moveOutput(from: string, to: string): Promise<void> {
  try {
    if (await moveIfThere(from, to)) await syncFolder(dirname(to));
  } catch (cause) {
    throw outputError(to, cause);
  }
}

/** @param beforeMove runs when the new file is complete on the disk */
async function writeThenMove(
  path: string,
  content: OutputContent,
  mode?: number,
  beforeMove?: () => Promise<unknown>,
): Promise<void> {
  await removeLeftovers(path);
  const part = partOf(path);
  try {
    const file = await open(part, 'wx', mode);
    try {
      await writeFile(file, content);
      await file.sync();
    } finally {
      await file.close();
    }
    await beforeMove?.();
    await rename(part, path);
  } catch (thrown) {
    await rm(part, { force: true });
    throw thrown;
  }
  await syncFolder(dirname(path));
}

/** @returns whether there was such a file */
async function moveIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return false;
    throw thrown;
  }
}

/** Errors of systems that can't flush a folder: Windows, and some network disks. */
const NO_FOLDER_SYNC: readonly (string | undefined)[] = ['EISDIR', 'EINVAL', 'EPERM', 'ENOTSUP'];

/** Waits until the names in a folder are on the disk, so that a power cut can't undo a rename. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    // A folder that this user may write in but not read: the file itself is on the disk.
    if (![...NO_FOLDER_SYNC, 'EACCES'].includes(errnoOf(thrown))) throw thrown;
  }
}

/** A path in the same folder that no other writer uses. */
function partOf(path: string): string {
  const unique = `${process.pid}-${randomBytes(4).toString('hex')}`;
  return join(dirname(path), `${partPrefix(path)}${unique}.part`);
}

/** The file's name, cut: it may have the full length that the system allows. */
const partPrefix = (path: string): string => `${basename(path).slice(0, 40)}.`;

/** A part's name: the file's, the process that writes it, and a number. */
const PART = /^(.*\.)(\d+)-[0-9a-f]{8}\.part$/s;

/** Whether a file is one that {@link writeOutput} has begun and not finished. */
export const isPart = (name: string): boolean => PART.test(name);

/**
 * Removes the parts that killed processes left when they wrote this file. They may be gigabytes.
 */
async function removeLeftovers(path: string): Promise<void> {
  const prefix = partPrefix(path);
  await removeParts(dirname(path), (found) => found === prefix);
}

/**
 * Removes the parts that killed processes left in a folder.
 * @param isOurs takes the beginning of a part's name, which the files that it may be of share
 */
export async function removeParts(
  folder: string,
  isOurs: (prefix: string) => boolean = () => true,
): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, prefix, pid] = PART.exec(name) ?? [];
    if (prefix === undefined || !isOurs(prefix) || isRunning(Number(pid))) continue;
    await rm(join(folder, name), { force: true });
  }
}

/** Whether a process of this machine runs under this id. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    // A process that this user may not signal is running as well.
    return errnoOf(thrown) !== 'ESRCH';
  }
}

/** Where the bytes for a path are written. Links are followed, so that they stay links. */
interface Place {
  readonly path: string;
  /** Neither a file nor a folder, or open in this process: no file can be moved there. */
  readonly isDevice: boolean;
  /** Permissions of the existing file. */
  readonly mode?: number;
}

/** Paths under which a process finds its own open files. */
const OPEN_FILES = /^\/(dev\/(stdin|stdout|stderr|fd\/)|proc\/)/;

/** @throws the system's error: `EISDIR` for a folder, `EACCES` for a write-protected file */
async function placeOf(path: string): Promise<Place> {
  const found = await stat(path).catch((thrown: unknown): Stats | null => {
    if (errnoOf(thrown) === 'ENOENT') return null;
    throw thrown;
  });
  if (!found) return { path, isDevice: false };
  if (found.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
  await access(path, constants.W_OK);
  if (!found.isFile() || OPEN_FILES.test(resolve(path))) return { path, isDevice: true };
  return { path: await realpath(path), isDevice: false, mode: found.mode & 0o777 };
}

/** The error code of a system error, such as `ENOSPC`; undefined for other errors. */
export function errnoOf(thrown: unknown): string | undefined {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/**
 * Converts a system error of writing a file to a StudioError: `storage-full` if the disk is full,
 * `storage-denied` for everything else. Other errors are returned unchanged.
 */
export function outputError(path: string, cause: unknown): unknown {
  const errno = errnoOf(cause);
  if (cause instanceof StudioError || !(cause instanceof Error) || !errno) return cause;
  const denied = (found: string, nextStep: string) =>
    new StudioError('storage-denied', found, nextStep, { cause });
  const folder = dirname(path);
  const cant = `${path} can't be written`;
  switch (errno) {
    case 'ENOSPC':
    case 'EDQUOT': {
      const nextStep = 'Make room, or name a place on another disk.';
      return new StudioError('storage-full', `${cant}: the disk is full.`, nextStep, { cause });
    }
    case 'EACCES':
    case 'EPERM': {
      const found = `${cant}: this user may not write there or in ${folder} (${errno}).`;
      return denied(found, 'Name another place, or change who may write there.');
    }
    case 'EROFS':
      return denied(`${cant}: ${folder} is on a disk that is read-only.`, 'Name another disk.');
    case 'EISDIR':
      return denied(
        `${path} is a folder; a file was expected.`,
        'Name a file, or move that folder away.',
      );
    case 'ENOTDIR':
    case 'EEXIST':
      return denied(`${cant}: a part of ${folder} is no folder.`, 'Name another folder.');
    case 'ENOENT':
      return denied(`${cant}: there is no folder ${folder}.`, 'Name another folder, or make it.');
    case 'ENAMETOOLONG':
      return denied(`${cant}: names here can't be so long.`, 'Choose a shorter one.');
    default:
      return denied(`${cant} (${cause.message}).`, 'Name another place.');
  }
}

function orOf(words: readonly string[]): string {
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
