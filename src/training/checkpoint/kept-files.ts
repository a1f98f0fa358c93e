import { StudioError, type StudioErrorRecord } from '../../core/studio-error';
import type { RunStore } from './run-store';

/** Files beside a run's checkpoint that could be made again. */
export interface KeptFiles {
  /** The file's bytes; null where there is none, or it can't be read, which is said aloud. */
  read(name: string): Promise<Uint8Array | null>;
  /** Writes a file, where it could be read or is new. @returns whether it was written */
  keep(name: string, bytes: Uint8Array): Promise<boolean>;
}

interface KeptFilesOptions {
  readonly store: RunStore;
  /** Writes a file, and says aloud where that fails. */
  readonly keep: (name: string, bytes: Uint8Array) => Promise<boolean>;
  readonly onWarning: (error: StudioErrorRecord) => void;
}

/** A run can do without these files: one that can't be read ends nothing, but is left as it is. */
export function keptFiles({ store, keep, onWarning }: KeptFilesOptions): KeptFiles {
  const unreadable = new Set<string>();
  return {
    read: async (name) => {
      try {
        return await store.read(name);
      } catch (thrown) {
        unreadable.add(name);
        const nextStep = 'The run does without it, and leaves it as it is.';
        onWarning(StudioError.record(thrown, 'storage-denied', nextStep));
        return null;
      }
    },
    keep: async (name, bytes) => !unreadable.has(name) && keep(name, bytes),
  };
}
