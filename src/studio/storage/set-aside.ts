import { messageOf, StudioError } from '../../core/studio-error';
import type { RunStore } from '../../training/checkpoint/run-store';

/** What a damaged file is called from then on; another of that name takes its place. */
export const asideName = (name: string): string => `${name}.damaged`;

/**
 * Reads something that was kept between visits. What can't be made sense of is moved out of the
 * way, under {@link asideName}, so
 * that it is met once and not at every visit; where there is no room for that, it is removed.
 * @param what names it at the beginning of a sentence
 * @param parse makes sense of it. @throws Error where it is damaged
 * @returns null where there is none
 * @throws StudioError `bad-checkpoint` for a damaged one, once it is out of the way; whatever the
 * store throws
 */
export async function readOrSetAside<T>(
  store: RunStore,
  name: string,
  what: string,
  parse: (bytes: Uint8Array) => T,
): Promise<T | null> {
  const bytes = await store.read(name);
  if (!bytes) return null;
  try {
    return parse(bytes);
  } catch (cause) {
    const fate = await setAside(store, name, bytes);
    const reason = messageOf(cause);
    throw new StudioError(
      'bad-checkpoint',
      `${what} is damaged and was ${fate} (${reason.replace(/\.$/, '')}).`,
      'The studio goes on without it.',
      { cause },
    );
  }
}

/**
 * Moves a damaged file out of the way, or removes it where there is no room for that.
 * @returns what became of it, as a word or two
 * @throws StudioError `storage-denied`
 */
export async function setAside(store: RunStore, name: string, bytes: Uint8Array): Promise<string> {
  const isKept = await store.write(asideName(name), bytes).then(
    () => true,
    (thrown: unknown) => {
      if (thrown instanceof StudioError && thrown.code === 'storage-full') return false;
      throw thrown;
    },
  );
  await store.remove(name);
  return isKept ? 'set aside' : 'removed, for there is no room to set it aside';
}
