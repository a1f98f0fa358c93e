import { Throttle } from './throttle';

/** Progress of a long task, for a progress bar: what the worker posts to the page. */
export interface Progress {
  readonly phase: ProgressPhase;
  /** What is going on, as the bar's title: "Counting pictures and people". */
  readonly label: string;
  readonly done: number;
  /** null if the total isn't known; the bar is then indeterminate and says so. */
  readonly total: number | null;
  /** What is counted: "pictures", "bytes". */
  readonly unit: string;
  /**
   * Mean rate since the task began, of what it did itself; 0 until there is enough to measure by.
   */
  readonly perSecond: number;
}

/**
 * Which task the progress belongs to:
 * - `fetching-models`: a backbone, a head or class centres are downloaded or read from a file
 * - `reading-features`: the pictures of a run, a lesson or a comparison are decoded and embedded
 * - `training-centres`: class centres are trained, as the weights of a classifier
 * - `indexing`: an index is built for a `.rec` file that comes without one
 * - `surveying`: every record of a source is read once, to count pictures and people
 * - `aligning`: the faces of a source's pictures are found, and written as aligned crops
 * - `measuring`: the throughput of a run, or of the machine, is measured
 * - `scoring`: faces are compared, for an evaluation or a sweep of degradations
 */
type ProgressPhase =
  | 'fetching-models'
  | 'reading-features'
  | 'training-centres'
  | 'indexing'
  | 'surveying'
  | 'aligning'
  | 'measuring'
  | 'scoring';

/** Milliseconds between two posts, at least. */
const MIN_POST_INTERVAL_MS = 100;
/** Seconds before a rate is told: that of less is the clock's, not the task's. */
const MIN_MEASURED_SECONDS = 0.25;

/**
 * Makes a progress callback that posts at most ten times a second, and always when `done` reaches
 * `total`. The rate is measured from this call on.
 * @param kept what was done before, by an earlier task: it counts as done, and not in the rate
 */
export function progressMeter(
  phase: ProgressPhase,
  label: string,
  total: number | null,
  unit: string,
  post: (progress: Progress) => void,
  kept = 0,
): (done: number) => void {
  const startedAt = performance.now();
  const throttle = new Throttle(MIN_POST_INTERVAL_MS);
  return (done) => {
    if (!throttle.isDue && done !== total) return;
    throttle.restart();
    const seconds = (performance.now() - startedAt) / 1000;
    const perSecond = seconds < MIN_MEASURED_SECONDS ? 0 : (done - kept) / seconds;
    post({ phase, label, done, total, unit, perSecond });
  };
}
