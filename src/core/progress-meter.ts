import type { Opening } from '../faces/sources/open-context';
import type { Progress } from '../training/session/run-events';

/** Milliseconds between two posts. */
const POST_INTERVAL = 100;

/** A progress callback that posts at most ten times a second, with the rate since it was made. */
export function progressMeter(phase: Progress['phase'], label: string, total: number | null, unit: string, post: (progress: Progress) => void): (done: number) => void {
  const startedAt = performance.now();
  let postedAt = -Infinity;
  return (done) => {
    const now = performance.now();
    if (now - postedAt < POST_INTERVAL && done !== total) return;
    postedAt = now;
    post({ phase, label, done, total, unit, perSecond: done / Math.max(1e-3, (now - startedAt) / 1000) });
  };
}

/** Posts how far the making of an index is, for a `.rec` that came without one. */
export function indexingProgress(post: (progress: Progress) => void): Required<Pick<Opening, 'onIndexing'>> {
  let meter: ((done: number) => void) | null = null;
  return {
    onIndexing: (done, total) => {
      meter ??= progressMeter('indexing', 'Making the index that this file comes without', total, 'bytes', post);
      meter(done);
    },
  };
}
