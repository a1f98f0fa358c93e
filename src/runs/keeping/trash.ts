import { messageOf } from '../../core/studio-error';
import type { FileStore } from '../../formats/bytes/file-store';

/**
 * Milliseconds for which a removed run is kept at least: another tab that starts meanwhile must not
 * take away the ten seconds in which it can be taken back.
 */
export const MIN_STAY = 60_000;

/**
 * The runs that a person removed. A file of a run's id in this folder says that the run is hidden;
 * its own folder stays where it is until it is purged. So removing and taking back are one small
 * write each, whatever the run's size, and an import is hidden in the same way until it is whole.
 */
export class Trash {
  readonly folder: FileStore;

  /** @param root of the library */
  constructor(root: FileStore) {
    this.folder = root.folder('trash');
  }

  async ids(): Promise<ReadonlySet<string>> {
    return new Set((await this.folder.list()).map(({ name }) => name));
  }

  async has(id: string): Promise<boolean> {
    return (await this.folder.open(id)) !== null;
  }

  add(id: string): Promise<void> {
    return this.folder.write(id, new Uint8Array());
  }

  /** Does nothing for a run that isn't there. */
  takeBack(id: string): Promise<void> {
    return this.folder.remove(id);
  }

  /**
   * Deletes runs for good, each unless somebody is at work on it, such as an import that takes its
   * time. One that can't be deleted is told, and stays hidden.
   * @param runs where their folders are
   * @param now milliseconds since the Unix epoch
   * @throws StudioError from the store
   */
  async purge(
    runs: FileStore,
    now: number,
    ifFree: (id: string, work: () => Promise<void>) => Promise<void>,
    tell: (sentence: string) => void,
  ): Promise<void> {
    for (const { name, modifiedAt } of await this.folder.list()) {
      if (now - modifiedAt < MIN_STAY) continue;
      try {
        await ifFree(name, async () => {
          // It may have been taken back, or have been imported whole, meanwhile.
          if (!(await this.has(name))) return;
          // The mark last: if this is cut off, the rest of the run stays hidden and is purged next
          // time.
          await runs.removeFolder(name);
          await this.folder.remove(name);
        });
      } catch (thrown) {
        tell(`The removed run ${name} can't be deleted: ${messageOf(thrown)}`);
      }
    }
  }
}
