import { StudioError, type StudioErrorRecord } from '../../core/studio-error';

/** Reads and writes the caches of a run: files in its store that could be made again. */
export interface RunCaches {
  /** The file's bytes; null if there is none, or if it can't be read, which is reported. */
  read(name: string): Promise<Uint8Array | null>;
  /** Writes a file, unless reading it has failed. @returns whether it was written */
  write(name: string, bytes: Uint8Array): Promise<boolean>;
}

interface KeptFilesOptions {
  readonly read: (name: string) => Promise<Uint8Array | null>;
  /** Writes a file, and reports a failure. */
  readonly write: (name: string, bytes: Uint8Array) => Promise<boolean>;
  readonly onWarning: (error: StudioErrorRecord) => void;
}

/** A run can do without these files. One that can't be read is reported and left as it is. */
export function runCaches({ read, write, onWarning }: KeptFilesOptions): RunCaches {
  const unreadable = new Set<string>();
  return {
    read: async (name) => {
      try {
        return await read(name);
      } catch (thrown) {
        unreadable.add(name);
        const nextStep = 'The run does without it, and leaves it as it is.';
        onWarning(StudioError.record(thrown, 'storage-denied', nextStep));
        return null;
      }
    },
    write: async (name, bytes) => !unreadable.has(name) && write(name, bytes),
  };
}
