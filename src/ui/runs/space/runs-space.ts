import type { RunSummary } from '../../../runs/run-manifest';
import type { RunsListing } from '../../../studio/protocol/runs';
import { bytes } from '../../components/format';

const MIB = 2 ** 20;
/** Bounds to choose from, in bytes: each about twice the one before. */
const BOUNDS = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536].map(
  (size) => size * MIB,
);

/** The bounds to choose from as text, with the one in force among them. */
export function boundChoices(quotaBytes: number): { value: string; label: string }[] {
  return [...new Set([...BOUNDS, quotaBytes])]
    .sort((a, b) => a - b)
    .map((size) => ({ value: String(size), label: bytes(size) }));
}

/** What a bound would throw away. */
export interface Cut {
  /** In the order in which they would go. */
  readonly runs: readonly RunSummary[];
  /** What would be left, in bytes: more than the bound if starred runs alone take more. */
  readonly leftBytes: number;
}

/** The runs that a bound throws away, and what they leave. */
export function cutAt(bound: number, { runs, space }: RunsListing): Cut {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const gone: RunSummary[] = [];
  let left = space.bytes;
  for (const id of space.firstToGo) {
    const run = byId.get(id);
    if (left <= bound) break;
    if (!run) continue;
    gone.push(run);
    left -= run.bytes;
  }
  return { runs: gone, leftBytes: left };
}
