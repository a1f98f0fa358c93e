import { StudioError, type StudioErrorRecord } from '../../../core/studio-error';
import { FeatureCache } from './feature-cache';
import { recordBytes, type RecordLayout } from './feature-record';
import type { RecordFile, RecordStore } from './record-store';

/** What a cache is opened for, and who hears of trouble. */
export interface CacheOptions {
  /** null to hold the features in memory, without a word. */
  readonly records: RecordStore | null;
  /** All that decides the features. */
  readonly key: string;
  readonly layout: RecordLayout;
  /** Records of a picture. */
  readonly copies: number;
  /** Records to come, where that is known. */
  readonly expected: number | null;
  /** The features are held in memory alone, and why. */
  readonly onWarning: (error: StudioErrorRecord) => void;
}

/** A cache's file on a records. */
const cacheFileName = (key: string): string => `${key.slice(0, 24)}.features`;

/**
 * Opens the cache of a key. Where there isn't the room for it, those of other keys go, the oldest
 * first. Where nothing can be kept, it is held in memory, and that is said.
 */
export async function openFeatureCache(options: CacheOptions): Promise<FeatureCache> {
  const { records, key, layout, copies, expected, onWarning } = options;
  const notify = (thrown: unknown) =>
    onWarning(
      StudioError.record(
        thrown,
        'storage-denied',
        'The features are held in memory until the run ends; free some space to have them kept.',
      ),
    );
  let file: RecordFile | null = null;
  try {
    if (records && expected !== null)
      await makeRoom(records, cacheFileName(key), expected * recordBytes(layout));
    if (records) file = await records.open(cacheFileName(key));
  } catch (thrown) {
    notify(thrown);
  }
  const cache = FeatureCache.open(file, key, layout, copies);
  cache.onGivenUp = notify;
  return cache;
}

/**
 * Removes other caches as far as one of `needed` bytes asks for it; none where that would not be
 * enough.
 */
async function makeRoom(records: RecordStore, name: string, needed: number): Promise<void> {
  const room = await records.freeBytes();
  if (room === null) return;
  const files = await records.list();
  let missing = needed - (files.find((file) => file.name === name)?.bytes ?? 0) - room;
  const others = files.filter((file) => file.name !== name);
  if (missing > others.reduce((sum, { bytes }) => sum + bytes, 0)) return;
  for (const other of others) {
    if (missing <= 0) return;
    await records.remove(other.name);
    missing -= other.bytes;
  }
}
