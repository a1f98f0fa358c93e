import { describe, expect, it } from 'vitest';
import type { ResumableRun } from '../../../studio/protocol';
import { presets } from '../../../training/config/run-config';
import { runSentence, runAtStake, type RunIntent, type RunsInView } from './run-at-stake';

const config = { ...presets.demo, epochs: 12 };
const saved = (step: number, epoch: number): ResumableRun => ({
  config,
  step,
  epoch,
  isFinished: epoch >= config.epochs,
  savedAt: 5,
  runId: 'r',
  needsFiles: false,
});
const nothing: RunsInView = {
  runState: 'idle',
  runConfig: null,
  isRunLoaded: false,
  latest: null,
  validation: null,
  savedStep: null,
  resumable: null,
};
const finished: RunsInView = {
  ...nothing,
  runState: 'finished',
  runConfig: config,
  isRunLoaded: true,
  latest: { step: 720, epoch: 12 },
  validation: { step: 720, epoch: 12, spearman: 0.8534 },
  savedStep: 720,
};
const stopped: RunsInView = {
  ...finished,
  runState: 'stopped',
  latest: { step: 130, epoch: 3 },
  validation: null,
  savedStep: 130,
  resumable: saved(130, 2),
};
const refused = { ...finished, savedStep: null };

const all: readonly RunIntent[] = ['start', 'resume-saved', 'resume-file', 'use-backbone'];
const lost = (state: RunsInView) =>
  Object.fromEntries(all.map((intent) => [intent, runAtStake(intent, state)?.step ?? null]));

describe('the run at stake', () => {
  it.each<[string, RunsInView, Partial<Record<RunIntent, number>>]>([
    ['is none before any training', nothing, {}],
    [
      'is none if the run failed before its first step',
      { ...nothing, runState: 'failed', runConfig: config },
      {},
    ],
    ['is none of a finished run that is saved: it stays among the kept runs', finished, {}],
    [
      'is none of an earlier visit: what it saved is kept',
      { ...nothing, resumable: saved(40, 1) },
      {},
    ],
    ['is none of a stopped run, which is saved', stopped, {}],
    [
      'is a run that could not be saved, for every action that replaces it',
      { ...refused, resumable: saved(40, 1) },
      {
        start: 720,
        'resume-file': 720,
        'resume-saved': 720,
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
      },
    ],
    [
      'is an opened run that is not saved, which has no steps of this visit',
      { ...refused, latest: null },
      {
        start: 720,
        'resume-file': 720,
        'resume-saved': 720,
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
      ...Object.fromEntries(all.map((intent) => [intent, null])),
      ...expected,
    });
  });

  it('is described by steps, epochs and ρ, with its own settings', () => {
    const run = runAtStake('start', refused)!;
    expect(run).toMatchObject({ isFinished: true, epochs: 12 });
    expect(runSentence(run)).toBe('The run on show: finished, 720 steps, Spearman’s ρ 0.853');
    expect(runSentence(runAtStake('start', { ...stopped, savedStep: 100 })!)).toBe(
      'The run on show: in epoch 3 of 12, 130 steps',
    );
  });
});
