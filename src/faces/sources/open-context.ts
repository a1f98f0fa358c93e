import type { StudioError } from '../../core/studio-error';
import type { IndexStore } from './load-or-build-index';
import type { ShardCache } from '../cache/shard-cache';
import { type Progress, progressMeter } from '../../core/progress-meter';

/** Services and callbacks for opening a source. All are optional. */
export interface OpenContext {
  /** Caches streamed shards on this machine. */
  readonly cache?: ShardCache;
  /** Stores the index of a `.rec` that comes without an `.idx`. */
  readonly indexes?: IndexStore;
  /** Progress of building such an index, in bytes. */
  readonly onIndexing?: (done: number, total: number) => void;
  /**
   * Called for problems that don't stop opening: damaged records, an index that can't be stored.
   */
  readonly onWarning?: (error: StudioError) => void;
  readonly signal?: AbortSignal;
}

/** Posts the progress of building an index for a `.rec` that comes without an `.idx`. */
export function indexingProgress(
  post: (progress: Progress) => void,
): Required<Pick<OpenContext, 'onIndexing'>> {
  let meter: ((done: number) => void) | null = null;
  return {
    onIndexing: (done, total) => {
      meter ??= progressMeter(
        'indexing',
        'Making the index that this file comes without',
        total,
        'bytes',
        post,
      );
      meter(done);
    },
  };
}
