import type { FileStore } from '../../formats/bytes/file-store';
import { messageOf, StudioError } from '../../core/studio-error';

/** The name that a damaged file is renamed to. An older file of that name is overwritten. */
export const asideName = (name: string): string => `${name}.damaged`;

/**
 * Reads a file that was kept between visits. A damaged one is renamed to {@link asideName}, so that
 * it is reported once and not at every visit; if there is no space for that, it is removed.
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
    const outcome = await setAside(store, name);
    throw new StudioError(
      'bad-checkpoint',
      `${what} is damaged and was ${outcome} (${reason}).`,
      'The studio goes on without it.',
      { cause },
    );
  }
}

/**
 * Renames a damaged file to {@link asideName}, or removes it if there is no space for that.
 * @returns what was done, to follow on "was"
 * @throws StudioError `storage-denied`
 */
async function setAside(store: FileStore, name: string): Promise<string> {
  try {
    await store.rename(name, asideName(name));
    return 'set aside';
  } catch (thrown) {
    if (!(thrown instanceof StudioError) || thrown.code !== 'storage-full') throw thrown;
  }
  await store.remove(name);
  return 'removed, since there is no space to set it aside';
}
