import { describe, expect, it, vi } from 'vitest';
import { runsListing, runSummary } from '../../../test/fixtures/run-summary';
import { StudioError } from '../../core/studio-error';
import type { RunsRequest } from '../../studio/protocol/runs';
import { RunsRequests, type AskRuns } from './runs-requests';
import { initialRunsState, runsReducer, type RunsAction } from './runs-slice';

type Answers = Partial<Record<RunsRequest['type'], (command: RunsRequest) => unknown>>;

/** A page with a worker that gives these answers; it fails what has none. */
function page(answers: Answers, now = () => 5_000) {
  let state = initialRunsState;
  const asked: string[] = [];
  const saved: string[] = [];
  const ask = (async (command: RunsRequest) => {
    asked.push(command.type);
    const answer = answers[command.type];
    if (!answer) throw new StudioError('storage-denied', `No ${command.type}.`, 'Go on.');
    return answer(command);
  }) as unknown as AskRuns;
  const dispatch = (action: RunsAction) => void (state = runsReducer(state, action));
  const requests = new RunsRequests({
    ask,
    state: () => state,
    dispatch,
    save: (name) => saved.push(name),
    now,
  });
  return { requests, asked, saved, dispatch, state: () => state };
}

const run = runSummary({ id: 'a' });
const listed: Answers = {
  'list-runs': () => runsListing(run),
  'read-curves': () => ({ runId: 'a', columns: {}, validations: [] }),
};

describe('requests about kept runs', () => {
  it('read the list, and then the curves of what is on show', async () => {
    const { requests, asked, state } = page(listed);
    await requests.refresh();
    expect(asked).toEqual(['list-runs', 'read-curves']);
    expect(state().curves.a).toMatchObject({ changedAt: run.changedAt });
    await requests.refresh();
    expect(asked.slice(2)).toEqual(['list-runs']);
  });

  it('read the list once more if it changed while it was on its way, and not thrice', async () => {
    const { requests, asked } = page(listed);
    await Promise.all([requests.refresh(), requests.refresh(), requests.refresh()]);
    expect(asked.filter((type) => type === 'list-runs')).toHaveLength(2);
  });

  it('read curves again if a list that came meanwhile tells of later steps', async () => {
    let changedAt = 2_000;
    const answering: (() => void)[] = [];
    const { requests, asked, state } = page({
      'list-runs': () => runsListing({ ...run, changedAt }),
      'read-curves': () =>
        new Promise((resolve) => {
          answering.push(() => resolve({ runId: 'a', columns: {}, validations: [] }));
        }),
    });
    const first = requests.refresh();
    await vi.waitFor(() => expect(answering).toHaveLength(1));
    changedAt = 3_000;
    await requests.refresh();
    answering[0]!();
    await vi.waitFor(() => expect(answering).toHaveLength(2));
    answering[1]!();
    await first;
    expect(state().curves.a!.changedAt).toBe(3_000);
    expect(asked.filter((type) => type === 'read-curves')).toHaveLength(2);
  });

  it('read the list again if a run was changed while it was on its way', async () => {
    let name = 'old';
    let answer = (): void => undefined;
    const { requests, state } = page({
      ...listed,
      'list-runs': () => {
        const listing = runsListing({ ...run, name });
        return new Promise((resolve) => (answer = () => resolve(listing)));
      },
      'label-run': () => {
        name = 'new';
        return { ...run, name };
      },
    });
    const refreshed = requests.refresh();
    await requests.label('a', { name: 'new' });
    answer();
    await vi.waitFor(() => expect(state().listing?.runs[0]?.name).toBe('old'));
    answer();
    await refreshed;
    expect(state().listing!.runs[0]!.name).toBe('new');
  });

  it('note a failure where it happened', async () => {
    const { requests, state } = page({ 'list-runs': listed['list-runs'] });
    await requests.refresh();
    expect(state().failures['curves a']).toMatchObject({ message: 'No read-curves.' });
    await requests.remove('a');
    expect(state().failures['run a']).toMatchObject({ message: 'No remove-run.' });
    expect(state().listing!.runs).toEqual([run]);
    await requests.import(new File([], 'x.scfrun'));
    expect(state().failures.import).toMatchObject({
      message: 'No import-run.',
      nextStep: 'Go on.',
    });
    expect(await requests.offerHead('a')).toBe(false);
  });

  it('delete for ten seconds, and take back', async () => {
    const { requests, state } = page({
      ...listed,
      'remove-run': () => run,
      'restore-run': () => run,
    });
    await requests.refresh();
    await requests.remove('a');
    expect(state().removals).toEqual([{ run, until: 15_000 }]);
    await requests.restore('a');
    expect(state()).toMatchObject({ listing: { runs: [run] }, chosenId: 'a', removals: [] });
  });

  it('delete and take back a run that the last list did not have, or before any list', async () => {
    const other = runSummary({ id: 'b' });
    for (const answers of [listed, {}]) {
      const { requests, state } = page({
        ...answers,
        'remove-run': () => other,
        'restore-run': () => other,
      });
      if ('list-runs' in answers) await requests.refresh();
      expect(await requests.remove('b')).toBe(true);
      expect(state().removals).toEqual([{ run: other, until: 15_000 }]);
      await requests.restore('b');
      expect(state().removals).toEqual([]);
    }
  });

  it('leave a run that could not be taken back where it can be tried again', async () => {
    let now = 5_000;
    let fail = (): void => undefined;
    const { requests, dispatch, state } = page(
      {
        ...listed,
        'remove-run': () => run,
        'restore-run': () =>
          new Promise((_, reject) => {
            fail = () => reject(new StudioError('storage-denied', 'It is locked.', 'Try again.'));
          }),
      },
      () => now,
    );
    await requests.remove('a');
    now = 14_999;
    const restored = requests.restore('a');
    dispatch({ type: 'removal-over', runId: 'a' });
    fail();
    await restored;
    expect(state().removals).toEqual([{ run, until: 24_999 }]);
    dispatch({ type: 'removal-over', runId: 'a' });
    expect(state().failures['run a']).toMatchObject({ message: 'It is locked.' });
    expect(state().removals).toHaveLength(1);
    dispatch({ type: 'dismissed', place: 'run a' });
    dispatch({ type: 'removal-over', runId: 'a' });
    expect(state().removals).toEqual([]);
  });

  it('save a file under the name that the worker gave it', async () => {
    const { requests, saved } = page({
      'export-kept-run': () => ({ name: 'a.scfrun', blob: new Blob() }),
    });
    await requests.export('a');
    expect(saved).toEqual(['a.scfrun']);
  });

  it('put an imported run on show', async () => {
    const imported = runSummary({ id: 'b', startedAt: 1 });
    const { requests, state } = page({ ...listed, 'import-run': () => imported });
    await requests.refresh();
    await requests.import(new File([], 'b.scfrun'));
    expect(state()).toMatchObject({ shown: ['b'], chosenId: 'b' });
  });

  it('read the list again after a lower bound, which may have thrown runs away', async () => {
    const { requests, asked, state } = page({
      ...listed,
      'set-runs-quota': () => ({ bytes: 0, quotaBytes: 7, isQuotaChosen: true, firstToGo: [] }),
    });
    await requests.setBound(7);
    expect(asked).toEqual(['set-runs-quota', 'list-runs', 'read-curves']);
    expect(state().pending).toEqual({});
  });
});
