import { describe, expect, it } from 'vitest';
import { runsListing, runSummary } from '../../../test/fixtures/run-summary';
import type { KeptCurves } from '../../studio/protocol/runs';
import {
  initialRunsState,
  runsReducer,
  shownRuns,
  staleRuns,
  type RunsAction,
  type RunsState,
} from './runs-slice';

const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((id, i) =>
  runSummary({ id, startedAt: 100 - i }),
) as [ReturnType<typeof runSummary>, ...ReturnType<typeof runSummary>[]];
const listing = runsListing(a, b!, c!, d!, e!);
const after = (...actions: RunsAction[]): RunsState =>
  actions.reduce(runsReducer, initialRunsState);
const listed: RunsAction = { type: 'listed', listing };
const tick = (runId: string, isShown = true): RunsAction => ({ type: 'overlaid', runId, isShown });
const read = (runId: string, changedAt: number): RunsAction => ({
  type: 'curves-read',
  changedAt,
  kept: { runId } as KeptCurves,
});
const error = { code: 'storage-denied', message: 'No.', nextStep: 'Go.' } as const;

describe('runs on show', () => {
  it('begin with the newest, once', () => {
    expect(after(listed).shown).toEqual(['a']);
    expect(after({ type: 'listed', listing: runsListing() }, listed).shown).toEqual(['a']);
    const emptied = after(listed, tick('a', false));
    expect(emptied.chosenId).toBeNull();
    expect(runsReducer(emptied, listed).shown).toEqual([]);
  });

  it('are four at most, in the order in which they were ticked', () => {
    const state = after(listed, tick('c'), tick('b'), tick('e'), tick('d'));
    expect(state.shown).toEqual(['a', 'c', 'b', 'e']);
    expect(state.chosenId).toBe('a');
  });

  it('are brought to the front by choosing, and replaced by choosing another', () => {
    const two = after(listed, tick('b'));
    expect(runsReducer(two, { type: 'chosen', runId: 'b' })).toMatchObject({
      shown: ['a', 'b'],
      chosenId: 'b',
    });
    expect(runsReducer(two, { type: 'chosen', runId: 'e' })).toMatchObject({
      shown: ['e'],
      chosenId: 'e',
    });
  });

  it('keep their places, which give them colours, when others come and go', () => {
    const three = after(listed, tick('b'), tick('c'));
    expect(three.places).toEqual({ a: 0, b: 1, c: 2 });
    const two = runsReducer(three, tick('a', false));
    expect(two.places).toEqual({ b: 1, c: 2 });
    expect([tick('e'), tick('d')].reduce(runsReducer, two).places).toEqual({
      ...{ b: 1, c: 2 },
      ...{ e: 0, d: 3 },
    });
    expect(runsReducer(two, { type: 'chosen', runId: 'e' }).places).toEqual({ e: 0 });
  });

  it('lose a run that is no longer in the list, and its curves', () => {
    const state = after(listed, tick('b'), read('a', 2000), {
      type: 'listed',
      listing: runsListing(b!),
    });
    expect(state.shown).toEqual(['b']);
    expect(state.chosenId).toBe('b');
    expect(state.curves).not.toHaveProperty('a');
  });

  it('have their curves read again when they change, and keep the old ones until then', () => {
    const fresh = after(listed, read('a', 2000));
    expect(staleRuns(fresh)).toEqual([]);
    const changed = runsReducer(fresh, {
      type: 'run-changed',
      run: { ...a, changedAt: 3000 },
    });
    expect(staleRuns(changed).map(({ id }) => id)).toEqual(['a']);
    expect(changed.curves.a).toBeDefined();
  });
});

describe('a deleted run', () => {
  const removed = after(listed, { type: 'removed', run: a, until: 10_000 });

  it('leaves the list and the charts, and can be taken back', () => {
    expect(removed.listing!.runs).not.toContain(a);
    expect(removed.shown).toEqual([]);
    expect(removed.removals).toEqual([{ run: a, until: 10_000 }]);
    const restored = runsReducer(removed, { type: 'run-changed', run: a });
    expect(restored.listing!.runs[0]).toBe(a);
    expect(restored.removals).toEqual([]);
  });

  it('does not come back by a list that was on its way', () => {
    expect(runsReducer(removed, listed).listing!.runs).not.toContain(a);
    const over = runsReducer(removed, { type: 'removal-over', runId: 'a' });
    expect(over.removals).toEqual([]);
  });
});

describe('requests', () => {
  it('leave their error where they were made, until the next one there', () => {
    const failed = after(
      { type: 'began', place: 'run a', what: 'Deleting' },
      { type: 'failed', place: 'run a', error },
    );
    expect(failed.failures).toEqual({ 'run a': error });
    expect(failed.pending).toEqual({});
    const again = runsReducer(failed, { type: 'began', place: 'run a', what: 'Deleting' });
    expect(again.failures).toEqual({});
    expect(again.pending).toEqual({ 'run a': 'Deleting' });
  });

  it('for a list that fail leave the list before it', () => {
    const state = after(listed, { type: 'list-asked' }, { type: 'failed', place: 'list', error });
    expect(state).toMatchObject({ isListing: false, listing, failures: { list: error } });
  });

  it('that import add a run where its time puts it', () => {
    const run = runSummary({ id: 'new', startedAt: 98.5 });
    const state = after(listed, { type: 'run-changed', run });
    expect(state.listing!.runs.map(({ id }) => id)).toEqual(['a', 'b', 'new', 'c', 'd', 'e']);
    expect(shownRuns(state).map(({ id }) => id)).toEqual(['a']);
  });
});
