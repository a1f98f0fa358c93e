import { readHeader, RECORDS_AT } from '../../../formats/bytes/commit-header';
import type { FileStore, InPlaceFile } from '../../../formats/bytes/file-store';
import { StudioError, type StudioErrorRecord } from '../../../core/studio-error';
import { cacheText, FeatureCache } from './feature-cache';
import { recordBytes, type RecordLayout } from './feature-record';

/** What {@link openFeatureCache} needs, and its callback. */
export interface CacheOptions {
  /** null to hold the features in memory, without a warning. */
  readonly records: FileStore | null;
  /** All that decides the features. */
  readonly key: string;
  readonly layout: RecordLayout;
  /** Records of one picture. */
  readonly copies: number;
  /** Records that the cache will have in the end; null if that isn't known. */
  readonly expected: number | null;
  /** Called if the features can only be held in memory, with the reason. */
  readonly onWarning: (error: StudioErrorRecord) => void;
}

/** The name of a cache's file in a {@link FileStore}. */
const cacheFileName = (key: string): string => `${key.slice(0, 24)}${ENDING}`;
const ENDING = '.features';

/**
 * Opens the cache of a key. If space is short, the caches of other keys are removed, the oldest
 * first. If nothing can be kept, the features are held in memory, with a warning.
 */
export async function openFeatureCache(options: CacheOptions): Promise<FeatureCache> {
  const { records, key, layout, copies, expected, onWarning } = options;
  const warn = (thrown: unknown) =>
    onWarning(
      StudioError.record(
        thrown,
        'storage-denied',
        'The features are held in memory until the run ends; free some space to have them kept.',
      ),
    );
  const name = cacheFileName(key);
  let file: InPlaceFile | null = null;
  try {
    if (records && expected !== null)
      await freeSpace(records, name, expected * recordBytes(layout));
    if (records) file = await records.openInPlace(name);
  } catch (thrown) {
    warn(thrown);
  }
  const cache = FeatureCache.open(file, key, layout, copies);
  cache.onFallback = warn;
  return cache;
}

/**
 * How many records of a key are kept, by the last commit of its file. Reads its header only, also
 * while a run has the file open.
 * @throws StudioError `storage-denied`
 */
export async function keptRecords(
  records: FileStore,
  key: string,
  layout: RecordLayout,
): Promise<number> {
  const file = await records.open(cacheFileName(key));
  if (!file) return 0;
  const found = readHeader(await file.read(0, Math.min(RECORDS_AT, file.size)));
  return found?.text === cacheText(key, layout) ? found.commit.records : 0;
}

/**
 * Removes as many other caches as a cache of `needed` bytes requires, or none if removing all of
 * them would not be enough.
 */
async function freeSpace(records: FileStore, name: string, needed: number): Promise<void> {
  const freeBytes = await records.freeBytes();
  if (freeBytes === null) return;
  // On the command line a run's checkpoints lie in the same folder.
  const files = (await records.list()).filter((file) => file.name.endsWith(ENDING));
  const ownBytes = files.find((file) => file.name === name)?.bytes ?? 0;
  const others = files.filter((file) => file.name !== name);
  const otherBytes = others.reduce((sum, { bytes }) => sum + bytes, 0);
  let missing = needed - ownBytes - freeBytes;
  if (missing > otherBytes) return;
  for (const other of others) {
    if (missing <= 0) return;
    if (await isRemoved(records, other.name)) missing -= other.bytes;
  }
}

/** Removes a cache, unless another tab has it open. */
async function isRemoved(records: FileStore, name: string): Promise<boolean> {
  try {
    await records.remove(name);
    return true;
  } catch (thrown) {
    if (thrown instanceof StudioError && thrown.code === 'storage-denied') return false;
    throw thrown;
  }
}
