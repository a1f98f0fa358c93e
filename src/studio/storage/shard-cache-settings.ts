import * as v from 'valibot';
import { fittedText, misfitWords, number } from '../../core/schema/schema';
import type { FileStore } from '../../formats/bytes/file-store';
import { ShardCache } from '../../faces/cache/shard-cache';
import { StudioError } from '../../core/studio-error';
import { OpfsCacheFolder } from './opfs-cache-folder';
import type { CacheState } from '../protocol';
import { readOrSetAside } from '../../formats/bytes/set-aside';

const QUOTA_FILE = 'shard-quota.json';
/** The quota until a person sets one: enough for a demo's shards … */
const DEFAULT_QUOTA_BYTES = 2 * 2 ** 30;
/** … but at most this share of the free space. */
const MAX_DEFAULT_SHARE = 1 / 4;

/** The page's shard cache, and its quota, which is saved between visits. */
export class ShardCacheSettings {
  private constructor(
    readonly cache: ShardCache,
    readonly settings: FileStore,
  ) {}

  /**
   * @param settings where the quota is saved
   * @param onChange called when a shard was kept or removed
   * @param onWarning called once for each reason why shards can't be kept
   */
  static async open(
    settings: FileStore,
    onChange: () => void,
    onWarning: (error: StudioError) => void,
  ): Promise<ShardCacheSettings> {
    const quotaBytes = (await savedQuota(settings, onWarning)) ?? (await defaultQuota());
    const cache = await ShardCache.open(new OpfsCacheFolder(), { quotaBytes, onChange, onWarning });
    return new ShardCacheSettings(cache, settings);
  }

  async state(): Promise<CacheState> {
    const { bytes, shards, quotaBytes } = this.cache.usage();
    return { bytes, shards, quotaBytes, freeBytes: await freeBytes() };
  }

  /**
   * Keeps at most this many bytes from now on; 0 keeps none.
   * @throws StudioError if the setting can't be saved; it is still in force for this visit
   */
  async setQuota(bytes: number): Promise<void> {
    await this.cache.setQuota(bytes);
    await this.settings.write(QUOTA_FILE, new TextEncoder().encode(JSON.stringify(bytes)));
  }

  clear(): Promise<void> {
    return this.cache.clear();
  }
}

/** The quota that a person set. Null if none was set, or, after a warning, if it can't be read. */
async function savedQuota(
  settings: FileStore,
  onWarning: (error: StudioError) => void,
): Promise<number | null> {
  try {
    return await readOrSetAside(
      settings,
      QUOTA_FILE,
      'The setting of how many shards are kept',
      decodeQuota,
    );
  } catch (thrown) {
    if (!(thrown instanceof StudioError)) throw thrown;
    onWarning(thrown);
    return null;
  }
}

async function defaultQuota(): Promise<number> {
  const free = (await freeBytes()) ?? 0;
  return Math.floor(Math.min(DEFAULT_QUOTA_BYTES, MAX_DEFAULT_SHARE * free));
}

const quota = v.pipe(number, v.minValue(0, 'a number of bytes'));

/** @throws Error for anything but a number of bytes */
const decodeQuota = (bytes: Uint8Array): number =>
  fittedText(quota, new TextDecoder().decode(bytes), (misfit) => new Error(misfitWords(misfit)));

/** Bytes that this page may still store; null if the browser doesn't say. */
async function freeBytes(): Promise<number | null> {
  const { quota, usage } = await navigator.storage
    .estimate()
    .catch(() => ({ quota: undefined, usage: undefined }));
  return quota === undefined || usage === undefined ? null : Math.max(0, quota - usage);
}
