import { describe, expect, it } from 'vitest';
import { presets } from '../../../training/config/run-config';
import { runSentence, runAtStake, type RunIntent, type RunsInView } from './run-at-stake';

const config = { ...presets.demo, epochs: 12 };
const nothing: RunsInView = {
  runState: 'idle',
  runConfig: null,
  isRunLoaded: false,
  latest: null,
  validation: null,
  savedStep: null,
  keptRun: null,
};
const finished: RunsInView = {
  ...nothing,
  runState: 'finished',
  runConfig: config,
  isRunLoaded: true,
  latest: { step: 720, epoch: 12 },
  validation: { step: 720, epoch: 12, spearman: 0.8534 },
  savedStep: 720,
  keptRun: { id: 'r' },
};
const stopped: RunsInView = {
  ...finished,
  runState: 'stopped',
  latest: { step: 130, epoch: 3 },
  validation: null,
  savedStep: 130,
};
const refused = { ...finished, savedStep: null };

const all: Readonly<Record<string, RunIntent>> = {
  start: { kind: 'start' },
  'resume-file': { kind: 'resume-file' },
  'use-backbone': { kind: 'use-backbone' },
  'the run shown': { kind: 'resume-saved', runId: 'r' },
  'another run': { kind: 'resume-saved', runId: 'other' },
};
const lost = (state: RunsInView) =>
  Object.fromEntries(
    Object.entries(all).map(([name, intent]) => [name, runAtStake(intent, state)?.step ?? null]),
  );

describe('the run at stake', () => {
  it.each<[string, RunsInView, Readonly<Record<string, number>>]>([
    ['is none before any training', nothing, {}],
    [
      'is none if the run failed before its first step',
      { ...nothing, runState: 'failed', runConfig: config },
      {},
    ],
    ['is none of a finished run that is saved: it stays among the kept runs', finished, {}],
    ['is none of a stopped run, which is saved', stopped, {}],
    [
      'is a run that could not be saved, for every action that replaces it',
      { ...refused, keptRun: null },
      {
        start: 720,
        'resume-file': 720,
        'the run shown': 720,
        'another run': 720,
        'use-backbone': 720,
      },
    ],
    [
      'is a run with steps after its last checkpoint, unless it resumes from there',
      { ...stopped, runState: 'failed', latest: { step: 149, epoch: 3 } },
      {
        start: 149,
        'resume-file': 149,
        'use-backbone': 149,
        'another run': 149,
      },
    ],
    [
      'is an opened run that is not saved, which has no steps of this visit',
      { ...refused, keptRun: null, latest: null },
      {
        start: 720,
        'resume-file': 720,
        'the run shown': 720,
        'another run': 720,
        'use-backbone': 720,
      },
    ],
    [
      'is none if the worker has dropped the head and nothing is saved',
      { ...refused, isRunLoaded: false },
      {},
    ],
  ])('%s', (_, state, expected) => {
    expect(lost(state)).toEqual({
      ...Object.fromEntries(Object.keys(all).map((name) => [name, null])),
      ...expected,
    });
  });

  it('is described by steps, epochs and ρ, with its own settings', () => {
    const run = runAtStake({ kind: 'start' }, refused)!;
    expect(run).toMatchObject({ isFinished: true, epochs: 12 });
    expect(runSentence(run)).toBe('The run on show: finished, 720 steps, Spearman’s ρ 0.853');
    expect(runSentence(runAtStake({ kind: 'start' }, { ...stopped, savedStep: 100 })!)).toBe(
      'The run on show: in epoch 3 of 12, 130 steps',
    );
  });
});
