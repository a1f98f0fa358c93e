import { messageOf, StudioError } from '../../core/studio-error';
import type { FileStore } from './file-store';

/**
 * Renames a damaged file, so that it is told once and another can take its place: to its name and
 * `.damaged`, or `.damaged-2` and so on where that is taken. Does nothing if there is none.
 * @throws StudioError from the store; the file is then still under its name
 */
export async function setAside(store: FileStore, name: string): Promise<void> {
  await store.rename(name, await freeAsideName(store, name));
}

/** Keeps a copy of a damaged file under such a name, for a file that is then written anew. */
export async function keepAside(store: FileStore, name: string, bytes: Uint8Array): Promise<void> {
  await store.write(await freeAsideName(store, name), bytes);
}

/**
 * Reads a file that was kept between visits. A damaged one is set aside; if there is no space for
 * that, it stays where it is.
 * @param what names the file at the beginning of a sentence
 * @param parse decodes its bytes. @throws Error if it is damaged
 * @returns null if there is no such file
 * @throws StudioError `bad-checkpoint` for a damaged file, after it was set aside; `later-version`
 * for one that `parse` refuses so, which stays; whatever the store throws
 */
export async function readOrSetAside<T>(
  store: FileStore,
  name: string,
  what: string,
  parse: (bytes: Uint8Array) => T,
): Promise<T | null> {
  const bytes = await store.read(name);
  if (!bytes) return null;
  try {
    return parse(bytes);
  } catch (cause) {
    const reason = messageOf(cause).replace(/\.$/, '');
    if (cause instanceof StudioError && cause.code === 'later-version')
      throw new StudioError(cause.code, `${what} can't be read (${reason}).`, cause.nextStep, {
        cause,
      });
    const outcome = await setAsideOrLeft(store, name);
    throw new StudioError(
      'bad-checkpoint',
      `${what} is damaged and ${outcome} (${reason}).`,
      'The studio goes on without it.',
      { cause },
    );
  }
}

/** @returns what became of a file. @throws StudioError `storage-denied` */
async function setAsideOrLeft(store: FileStore, name: string): Promise<string> {
  try {
    await setAside(store, name);
    return 'was set aside';
  } catch (thrown) {
    if (!(thrown instanceof StudioError) || thrown.code !== 'storage-full') throw thrown;
    return 'stays where it is, since there is no space to set it aside';
  }
}

/** What was set aside before may be what a person wants back: it is never overwritten. */
async function freeAsideName(store: FileStore, name: string): Promise<string> {
  const aside = `${name}.damaged`;
  for (let count = 1; ; count++) {
    const free = count === 1 ? aside : `${aside}-${count}`;
    if (!(await store.open(free))) return free;
  }
}
