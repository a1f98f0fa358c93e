import { expect, it } from 'vitest';
import { runSummary } from '../../../../test/fixtures/run-summary';
import { newestFirst, pressed, sortedRuns } from './sort-runs';

const runs = [
  runSummary({ id: 'run 10', startedAt: 3, spearman: 0.5 }),
  runSummary({ id: 'run 9', startedAt: 1, spearman: null }),
  runSummary({ id: 'run 11', startedAt: 2, spearman: 0.9, loss: NaN }),
];
const order = (...sorting: Parameters<typeof sortedRuns>[1][]) =>
  sorting.map((each) => sortedRuns(runs, each).map(({ startedAt }) => startedAt));

it('sorts the newest first, and names as a person counts', () => {
  expect(order(newestFirst, { column: 'name', isAscending: true })).toEqual([
    [3, 2, 1],
    [1, 3, 2],
  ]);
});

it('puts what has no value last, in both directions', () => {
  expect(
    order({ column: 'spearman', isAscending: false }, { column: 'spearman', isAscending: true }),
  ).toEqual([
    [2, 3, 1],
    [3, 2, 1],
  ]);
  expect(order({ column: 'loss', isAscending: true })[0]!.at(-1)).toBe(2);
});

it('turns round when the same header is pressed again', () => {
  expect(pressed(newestFirst, 'spearman')).toEqual({ column: 'spearman', isAscending: false });
  expect(pressed(newestFirst, 'name')).toEqual({ column: 'name', isAscending: true });
  expect(pressed(newestFirst, 'time')).toEqual({ column: 'time', isAscending: true });
});
