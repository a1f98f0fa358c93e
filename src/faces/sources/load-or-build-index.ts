import type { ByteSource } from '../../formats/bytes/byte-source';
import { buildIndex, type RecordIndex } from '../../formats/recordio/record-index';
import { decodeIndex, encodeIndex } from '../../formats/recordio/record-index-file';
import type { ScanOptions } from '../../formats/recordio/recordio';
import { hashString } from '../../core/seeded-random';
import { StudioError } from '../../core/studio-error';

/** Stores generated indexes: in OPFS in the page, in a cache folder on the command line. */
export interface IndexStore {
  /**
   * Reads a file; null if it doesn't exist.
   * @throws if it exists but can't be read
   */
  read(name: string): Promise<Uint8Array | null>;
  /** Writes a file atomically. */
  write(name: string, bytes: Uint8Array): Promise<void>;
}

/** Options and callbacks of {@link loadOrBuildIndex}. */
export interface LoadIndexOptions extends ScanOptions {
  /** Without a store the index is built every time. */
  readonly store?: IndexStore;
  /** Called if the new index could not be stored: it is used now, and built again the next time. */
  readonly onStoreError?: (error: StudioError) => void;
}

/**
 * The index of a `.rec` that comes without an `.idx`: loaded from the store, or built by scanning
 * the file once. A stored index is used only if it is intact and matches this file's size and
 * contents.
 * @throws StudioError as {@link buildIndex}
 */
export async function loadOrBuildIndex(
  rec: ByteSource,
  { store, onStoreError, ...scan }: LoadIndexOptions,
): Promise<RecordIndex> {
  const name = `${rec.size}-${hashString(rec.name).toString(36)}.index`;
  const reportStoreError = (thrown: unknown) => {
    scan.signal?.throwIfAborted();
    onStoreError?.(
      thrown instanceof StudioError
        ? thrown
        : new StudioError(
            'storage-denied',
            `The index of ${rec.name} could not be stored (${String(thrown)}).`,
            'It is built again the next time.',
            { cause: thrown },
          ),
    );
  };
  let bytes: Uint8Array | null = null;
  let isReadable = true;
  try {
    bytes = (await store?.read(name)) ?? null;
  } catch (thrown) {
    // An unreadable file is not overwritten.
    isReadable = false;
    reportStoreError(thrown);
  }
  const stored = bytes && (await decodeIndex(bytes, rec, scan.signal).catch(nullIfInvalid));
  if (stored) return stored;
  const index = await buildIndex(rec, scan);
  try {
    if (isReadable) await store?.write(name, await encodeIndex(index, rec, scan.signal));
  } catch (thrown) {
    reportStoreError(thrown);
  }
  return index;
}

/**
 * An index that is damaged or of another file is rebuilt; any other error, such as an unreadable
 * `.rec`, is passed on.
 */
function nullIfInvalid(thrown: unknown): null {
  if (thrown instanceof StudioError && thrown.code === 'bad-source') return null;
  throw thrown;
}
