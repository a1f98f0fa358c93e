import { ShardCache } from '../../faces/cache/shard-cache';
import { StudioError } from '../../core/studio-error';
import type { RunStore } from '../../training/checkpoint/run-store';
import { OpfsCacheFolder } from './opfs-cache-folder';
import type { CacheState } from '../protocol';
import { readOrSetAside } from './set-aside';

const QUOTA_FILE = 'shard-quota.json';
/**
 * Kept until somebody says otherwise: enough for a demo's shards, a quarter of what is free at
 * most.
 */
const [FIRST_QUOTA, FIRST_SHARE] = [2 * 2 ** 30, 1 / 4];

/** The page's shard cache with the quota that the person set, which outlives the page. */
export class KeptShards {
  private constructor(
    readonly cache: ShardCache,
    readonly settings: RunStore,
  ) {}

  /**
   * @param settings where the quota lies
   * @param onChange called when a shard was kept or removed
   * @param onWarning told why shards can't be kept, once of each kind
   */
  static async open(
    settings: RunStore,
    onChange: () => void,
    onWarning: (error: StudioError) => void,
  ): Promise<KeptShards> {
    const quotaBytes =
      (await keptQuota(settings, onWarning)) ??
      Math.floor(Math.min(FIRST_QUOTA, FIRST_SHARE * ((await freeBytes()) ?? 0)));
    return new KeptShards(
      await ShardCache.open(new OpfsCacheFolder(), { quotaBytes, onChange, onWarning }),
      settings,
    );
  }

  async state(): Promise<CacheState> {
    const { bytes, shards, quotaBytes } = this.cache.usage();
    return { bytes, shards, quotaBytes, freeBytes: await freeBytes() };
  }

  /**
   * Keeps at most so many bytes from now on; 0 keeps none.
   * @throws StudioError where the setting can't be kept: it holds for this visit
   */
  async setQuota(bytes: number): Promise<void> {
    await this.cache.setQuota(bytes);
    await this.settings.write(QUOTA_FILE, new TextEncoder().encode(JSON.stringify(bytes)));
  }

  clear(): Promise<void> {
    return this.cache.clear();
  }
}

/** What a person set; null where nothing was set, or it can't be had, which is told. */
async function keptQuota(
  settings: RunStore,
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

/** @throws Error for anything but a number of bytes */
function decodeQuota(bytes: Uint8Array): number {
  const found: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (typeof found === 'number' && found >= 0) return found;
  throw new Error(`It holds ${JSON.stringify(found)}; a number of bytes was expected.`);
}

/** What the browser would let this page store beyond what it stores now. */
async function freeBytes(): Promise<number | null> {
  const { quota, usage } = await navigator.storage
    .estimate()
    .catch(() => ({ quota: undefined, usage: undefined }));
  return quota === undefined || usage === undefined ? null : Math.max(0, quota - usage);
}
