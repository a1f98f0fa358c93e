import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { StudioError } from '../../core/studio-error';
import { errnoOf, writeOutput, type OutputContent } from './output-file';

/**
 * Saves the result of long work: at its path, otherwise under a free name in the same folder,
 * otherwise in the system's temporary folder. Unless it is saved at its path, a line on stderr says
 * where it is, and the exit code becomes 1.
 * @param what the subject of the sentence: `The head`
 * @param make returns the content; called again for each attempt
 * @returns the path; null if it could be written nowhere, which is reported too
 * @throws what `make` or its content throws
 */
export async function saveOutput(
  what: string,
  path: string,
  make: () => OutputContent,
): Promise<string | null> {
  const places = [async () => path, () => freeNameBeside(path), () => freeName(tmpdir(), path)];
  const errors: StudioError[] = [];
  for (const place of places) {
    const at = await place();
    if (at === null) continue;
    try {
      await writeOutput(at, make());
      if (errors.length > 0) notify(errors[0]!, `${what} is in ${at} instead.`);
      return at;
    } catch (thrown) {
      if (!isStorageError(thrown)) throw thrown;
      errors.push(thrown);
    }
  }
  notify(errors[0]!, `${what} is lost: ${errors.at(-1)!.message}`);
  return null;
}

/**
 * Writes a text to a file. If that fails, prints the text on stdout, reports the error on stderr,
 * and sets the exit code to 1.
 * @param what the subject of the sentence: `The table`
 */
export async function saveOrPrint(what: string, path: string, text: string): Promise<void> {
  try {
    await writeOutput(path, text);
  } catch (thrown) {
    if (!isStorageError(thrown)) throw thrown;
    notify(thrown, `${what} is printed instead.`);
    console.log(text);
  }
}

function isStorageError(thrown: unknown): thrown is StudioError {
  return thrown instanceof StudioError && /^storage-(full|denied)$/.test(thrown.code);
}

function notify({ message }: StudioError, instead: string): void {
  console.error(`${message} ${instead}`);
  process.exitCode = 1;
}

/** A free path in the file's folder; null for a device, whose folder is no place for files. */
async function freeNameBeside(path: string): Promise<string | null> {
  const found = await statOf(path);
  const isDevice = found !== null && !found.isFile() && !found.isDirectory();
  return isDevice ? null : freeName(dirname(path), path);
}

/** The first free path in a folder: `head.safetensors`, `head-2.safetensors` and so on. */
export async function freeName(folder: string, path: string): Promise<string> {
  const ending = extname(path);
  // Cut, since the system may have refused the name for its length.
  const stem = basename(path, ending).slice(0, 60);
  for (let count = 1; ; count++) {
    const name = join(folder, `${stem}${count === 1 ? '' : `-${count}`}${ending}`);
    if ((await statOf(name)) === null) return name;
  }
}

/** null if there is no such file or its status can't be read: writing it will report why. */
const statOf = (path: string) =>
  stat(path).catch((thrown: unknown) => {
    if (errnoOf(thrown) !== undefined) return null;
    throw thrown;
  });
