import { Throttle } from './throttle';

/** Milliseconds between two posts. */
const POST_INTERVAL = 100;

/** A progress callback that posts at most ten times a second, with the rate since it was made. */
export function progressMeter(
  phase: Progress['phase'],
  label: string,
  total: number | null,
  unit: string,
  post: (progress: Progress) => void,
): (done: number) => void {
  const startedAt = performance.now();
  const throttle = new Throttle(POST_INTERVAL);
  return (done) => {
    if (!throttle.isDue && done !== total) return;
    throttle.restart();
    const elapsedMs = performance.now() - startedAt;
    post({
      phase,
      label,
      done,
      total,
      unit,
      perSecond: done / Math.max(1e-3, elapsedMs / 1000),
    });
  };
}

/** A phase with a beginning and an end, for a progress bar with a rate. */
export interface Progress {
  readonly phase:
    | 'fetching-models'
    | 'warming-up'
    | 'reading-features'
    | 'training-centres'
    | 'indexing'
    | 'surveying'
    | 'measuring'
    | 'scoring';
  readonly label: string;
  readonly done: number;
  /** Unknown totals are null; the bar is then indeterminate and says so. */
  readonly total: number | null;
  /** What is counted: "pictures", "bytes". */
  readonly unit: string;
  readonly perSecond: number;
}
