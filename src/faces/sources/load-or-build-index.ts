import type { ByteSource } from '../../formats/bytes/byte-source';
import { buildIndex, type RecordIndex } from '../../formats/recordio/record-index';
import { decodeIndex, encodeIndex } from '../../formats/recordio/record-index-file';
import type { ScanOptions } from '../../formats/recordio/recordio';
import { hashString } from '../../core/seeded-random';
import { StudioError } from '../../core/studio-error';

/**
 * Where indexes that were made are kept: the origin's private files in the page, a cache folder on
 * the command line.
 */
export interface IndexStore {
  /**
   * The file's bytes, or null where there is none. @throws for one that is there and can't be read
   */
  read(name: string): Promise<Uint8Array | null>;
  /** All or nothing. */
  write(name: string, bytes: Uint8Array): Promise<void>;
}

/** How {@link loadOrBuildIndex} works, and whom it tells. */
export interface LoadIndexOptions extends ScanOptions {
  /** Without one the index is made every time. */
  readonly store?: IndexStore;
  /**
   * Told why an index that was made could not be kept: it serves this time, and is made again the
   * next.
   */
  readonly onUnkept?: (error: StudioError) => void;
}

/**
 * The index of a `.rec` that came without one: the one kept from an earlier time, or made now by
 * going through the file once. A kept one is taken only where it is whole and of this file, by size
 * and by contents.
 * @throws StudioError as {@link buildIndex}
 */
export async function loadOrBuildIndex(
  rec: ByteSource,
  { store, onUnkept, ...scan }: LoadIndexOptions,
): Promise<RecordIndex> {
  const name = `${rec.size}-${hashString(rec.name).toString(36)}.index`;
  const unkept = (thrown: unknown) => {
    scan.signal?.throwIfAborted();
    onUnkept?.(
      thrown instanceof StudioError
        ? thrown
        : new StudioError(
            'storage-denied',
            `The index of ${rec.name} could not be kept (${String(thrown)}).`,
            'It is made again the next time.',
            { cause: thrown },
          ),
    );
  };
  let bytes: Uint8Array | null = null;
  let isReadable = true;
  try {
    bytes = (await store?.read(name)) ?? null;
  } catch (thrown) {
    // What can't be read is not written over.
    isReadable = false;
    unkept(thrown);
  }
  const kept = bytes && (await decodeIndex(bytes, rec, scan.signal).catch(refusedOrThrow));
  if (kept) return kept;
  const index = await buildIndex(rec, scan);
  try {
    if (isReadable) await store?.write(name, await encodeIndex(index, rec, scan.signal));
  } catch (thrown) {
    unkept(thrown);
  }
  return index;
}

/**
 * An index of another file, or a damaged one, is replaced; a `.rec` that can't be read ends the
 * opening.
 */
function refusedOrThrow(thrown: unknown): null {
  if (thrown instanceof StudioError && thrown.code === 'bad-source') return null;
  throw thrown;
}
