import { expect, it } from 'vitest';
import { runsListing, runSummary } from '../../../../test/fixtures/run-summary';
import { boundChoices, cutAt } from './runs-space';

const listing = runsListing(
  runSummary({ id: 'new', bytes: 10 }),
  runSummary({ id: 'starred', bytes: 30, isStarred: true }),
  runSummary({ id: 'old', bytes: 20 }),
);
const goneAt = (bound: number) => {
  const { runs, leftBytes } = cutAt(bound, listing);
  return [runs.map(({ id }) => id), leftBytes];
};

it('throws away no more than it must, in the order of the worker, and no starred run', () => {
  expect(goneAt(60)).toEqual([[], 60]);
  expect(goneAt(50)).toEqual([['old'], 40]);
  expect(goneAt(35)).toEqual([['old', 'new'], 30]);
  expect(goneAt(5)).toEqual([['old', 'new'], 30]);
});

it('offers the bound in force among the others', () => {
  const choices = boundChoices(3 * 2 ** 20);
  expect(choices[0]).toEqual({ value: String(3 * 2 ** 20), label: '3.0 MiB' });
  expect(boundChoices(2 ** 30).length).toBe(choices.length - 1);
});
