import type { StudioError } from '../../core/studio-error';
import type { IndexStore } from './load-or-build-index';
import type { ShardCache } from '../cache/shard-cache';
import { type Progress, progressMeter } from '../../core/progress-meter';

/**
 * What the opener of a source lends it, and hears from it while it is opened; all of it may be
 * absent.
 */
export interface OpenContext {
  /** Keeps streamed shards on this machine. */
  readonly cache?: ShardCache;
  /** Keeps the index of a `.rec` that came without one. */
  readonly indexes?: IndexStore;
  /** Told of the bytes passed while such an index is made. */
  readonly onIndexing?: (done: number, total: number) => void;
  /**
   * Told of what isn't as it should be and yet ends nothing: damage found on the way, an index that
   * can't be kept.
   */
  readonly onWarning?: (error: StudioError) => void;
  readonly signal?: AbortSignal;
}

/** Posts how far the making of an index is, for a `.rec` that came without one. */
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
