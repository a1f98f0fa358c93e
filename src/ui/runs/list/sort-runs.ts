import type { RunSummary } from '../../../runs/run-manifest';

/** A column of the list by which it can be sorted. */
export type SortColumn =
  'name' | 'spearman' | 'loss' | 'method' | 'head' | 'data' | 'time' | 'bytes' | 'state';

/** How the list is sorted. */
export interface Sorting {
  readonly column: SortColumn;
  readonly isAscending: boolean;
}

export const newestFirst: Sorting = { column: 'time', isAscending: false };

/** Columns that are first sorted with the largest at the top: more is better, newer or bigger. */
const LARGEST_FIRST: ReadonlySet<SortColumn> = new Set(['spearman', 'time', 'bytes']);

const keys: Readonly<Record<SortColumn, (run: RunSummary) => string | number | null>> = {
  name: (run) => run.name,
  spearman: (run) => run.spearman,
  loss: (run) => run.loss,
  method: (run) => run.config.method,
  head: (run) => run.config.head,
  data: (run) => run.data.name,
  time: (run) => run.startedAt,
  bytes: (run) => run.bytes,
  state: (run) => run.state,
};

const collator = new Intl.Collator('en', { numeric: true });

/**
 * Runs in order. Runs without a value in the column come last in both directions, and equal ones
 * the newest first.
 */
export function sortedRuns(
  runs: readonly RunSummary[],
  { column, isAscending }: Sorting,
): RunSummary[] {
  const key = keys[column];
  const direction = isAscending ? 1 : -1;
  return [...runs].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (isMissing(x) || isMissing(y))
      return Number(isMissing(x)) - Number(isMissing(y)) || b.startedAt - a.startedAt;
    return direction * compared(x!, y!) || b.startedAt - a.startedAt;
  });
}

/** The sorting after a press on a column's header: the other direction, or another column. */
export const pressed = ({ column, isAscending }: Sorting, on: SortColumn): Sorting =>
  on === column
    ? { column, isAscending: !isAscending }
    : { column: on, isAscending: !LARGEST_FIRST.has(on) };

const isMissing = (value: string | number | null): boolean =>
  value === null || (typeof value === 'number' && Number.isNaN(value));

const compared = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
