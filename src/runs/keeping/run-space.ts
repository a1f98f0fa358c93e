import type { RunSummary } from '../run-manifest';
import type { Quota } from './run-quota';

/** What the runs that are kept take up. */
export interface RunsSpace {
  readonly bytes: number;
  /** A bound for all runs together. */
  readonly quotaBytes: number;
  /** Whether a person chose the bound. Until then no run is thrown away for it. */
  readonly isQuotaChosen: boolean;
  /** Runs that would be thrown away first if the bound is reached, in that order; never starred. */
  readonly firstToGo: readonly string[];
}

/**
 * What the runs take up, and which would go first: those that have ended, the oldest first, then
 * those that could still go on. Never one with a star, nor one that is being trained.
 */
export function spaceOf(runs: readonly RunSummary[], quota: Quota): RunsSpace {
  const free = runs.filter(({ isStarred, state }) => !isStarred && state !== 'running');
  const rank = ({ hasEnded }: RunSummary) => (hasEnded ? 0 : 1);
  free.sort((a, b) => rank(a) - rank(b) || a.changedAt - b.changedAt);
  return {
    bytes: runs.reduce((sum, { bytes }) => sum + bytes, 0),
    quotaBytes: quota.bytes,
    isQuotaChosen: quota.isChosen,
    firstToGo: free.map(({ id }) => id),
  };
}

/** What a bound throws away. */
export interface Cut {
  /** In the order in which they go; none if even all of them don't bring the rest under it. */
  readonly runs: readonly RunSummary[];
  /** What is left, in bytes; more than the bound if the runs that stay alone take more. */
  readonly leftBytes: number;
}

/** The runs that a bound throws away, no more than it must, and what they leave. */
export function cutAt(
  bound: number,
  runs: readonly RunSummary[],
  { bytes, firstToGo }: Pick<RunsSpace, 'bytes' | 'firstToGo'>,
): Cut {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const gone: RunSummary[] = [];
  let leftBytes = bytes;
  for (const id of firstToGo) {
    if (leftBytes <= bound) break;
    const run = byId.get(id);
    if (!run) continue;
    gone.push(run);
    leftBytes -= run.bytes;
  }
  if (leftBytes > bound) return { runs: [], leftBytes };
  // Small runs that went before a large one need not go as well.
  const needed = gone.filter((run) => {
    if (leftBytes + run.bytes > bound) return true;
    leftBytes += run.bytes;
    return false;
  });
  return { runs: needed, leftBytes };
}
