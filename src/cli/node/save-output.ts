import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { StudioError } from '../../core/studio-error';
import { errnoOf, writeOutput, type OutputContent } from './output-file';

/**
 * Writes what hours of work came to: in its place, else under a free name beside it, else in the
 * system's temporary folder. Where that isn't its place, it is said on stderr, and the exit code
 * becomes 1.
 * @param what begins the sentence: `The head`
 * @param make gives the content, anew for each try
 * @returns where it lies; null where it could be written nowhere, which is said too
 * @throws what `make` or its content throws
 */
export async function saveOutput(
  what: string,
  path: string,
  make: () => OutputContent,
): Promise<string | null> {
  const troubles: StudioError[] = [];
  for (const place of [async () => path, () => besides(path), () => freeName(tmpdir(), path)]) {
    const at = await place();
    if (at === null) continue;
    try {
      await writeOutput(at, make());
      if (troubles.length > 0) notify(troubles[0]!, `${what} is in ${at} instead.`);
      return at;
    } catch (thrown) {
      if (!isStorage(thrown)) throw thrown;
      troubles.push(thrown);
    }
  }
  notify(troubles[0]!, `${what} is lost: ${troubles.at(-1)!.message}`);
  return null;
}

/**
 * Writes a text, or prints it on stdout where it can't be written; that is said on stderr, and
 * the exit code becomes 1.
 * @param what begins the sentence: `The table`
 */
export async function saveOrPrint(what: string, path: string, text: string): Promise<void> {
  try {
    await writeOutput(path, text);
  } catch (thrown) {
    if (!isStorage(thrown)) throw thrown;
    notify(thrown, `${what} is printed instead.`);
    console.log(text);
  }
}

function isStorage(thrown: unknown): thrown is StudioError {
  return thrown instanceof StudioError && /^storage-(full|denied)$/.test(thrown.code);
}

function notify({ message }: StudioError, instead: string): void {
  console.error(`${message} ${instead}`);
  process.exitCode = 1;
}

/** A free name beside a file; null beside a device, where files have no place. */
async function besides(path: string): Promise<string | null> {
  const found = await statOf(path);
  const isDevice = found !== null && !found.isFile() && !found.isDirectory();
  return isDevice ? null : freeName(dirname(path), path);
}

/** `head.safetensors`, or else `head-2.safetensors` and so on. */
async function freeName(folder: string, path: string): Promise<string> {
  const ending = extname(path);
  // Short, since it may be the length of the name that the disk refused.
  const stem = basename(path, ending).slice(0, 60);
  for (let count = 1; ; count++) {
    const name = join(folder, `${stem}${count === 1 ? '' : `-${count}`}${ending}`);
    if ((await statOf(name)) === null) return name;
  }
}

/** Null for what isn't there, or can't be looked at: whoever writes there hears why. */
const statOf = (path: string) =>
  stat(path).catch((thrown: unknown) => {
    if (errnoOf(thrown) !== undefined) return null;
    throw thrown;
  });
