import { describe, expect, it } from 'vitest';
import type { ResumableRun } from '../../../studio/protocol';
import { presets } from '../../../training/config/run-config';
import { runSentence, runsAtStake, type RunIntent, type RunsInView } from './runs-at-stake';

const config = { ...presets.demo, epochs: 12 };
const saved = (step: number, epoch: number): ResumableRun => ({
  config,
  step,
  epoch,
  isFinished: epoch >= config.epochs,
  savedAt: 5,
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

const all: readonly RunIntent[] = [
  'start',
  'resume-saved',
  'discard-saved',
  'resume-file',
  'use-backbone',
];
const lost = (state: RunsInView) =>
  Object.fromEntries(
    all.map((intent) => [
      intent,
      runsAtStake(intent, state).map(({ where, step }) => `${where} ${step}`),
    ]),
  );

describe('the runs at stake', () => {
  it.each<[string, RunsInView, Partial<Record<RunIntent, string[]>>]>([
    ['are none before any training', nothing, {}],
    [
      'are none if the run failed before its first step',
      { ...nothing, runState: 'failed', runConfig: config },
      {},
    ],
    ['are none of a finished run that is saved: it stays among the kept runs', finished, {}],
    [
      'are the saved run of an earlier visit only if it is discarded',
      { ...nothing, resumable: saved(40, 1) },
      { 'discard-saved': ['saved 40'] },
    ],
    ['are a stopped run only if it is discarded', stopped, { 'discard-saved': ['saved 130'] }],
    [
      'are a run that could not be saved, for every action that replaces it',
      { ...refused, resumable: saved(40, 1) },
      {
        start: ['at-hand 720'],
        'resume-file': ['at-hand 720'],
        'discard-saved': ['saved 40'],
        'resume-saved': ['at-hand 720'],
        'use-backbone': ['at-hand 720'],
      },
    ],
    [
      'are a run with steps after its last checkpoint, unless it resumes from there',
      { ...stopped, runState: 'failed', latest: { step: 149, epoch: 3 } },
      {
        start: ['at-hand 149'],
        'resume-file': ['at-hand 149'],
        'discard-saved': ['saved 130'],
        'use-backbone': ['at-hand 149'],
      },
    ],
    [
      'are an opened run that is not saved, which has no steps of this visit',
      { ...refused, latest: null },
      {
        start: ['at-hand 720'],
        'resume-file': ['at-hand 720'],
        'resume-saved': ['at-hand 720'],
        'use-backbone': ['at-hand 720'],
      },
    ],
    [
      'are none if the worker has dropped the head and nothing is saved',
      { ...refused, isRunLoaded: false },
      {},
    ],
  ])('%s', (_, state, expected) => {
    expect(lost(state)).toEqual({
      ...Object.fromEntries(all.map((intent) => [intent, []])),
      ...expected,
    });
  });

  it('are described by steps, epochs and ρ, with their own settings', () => {
    const [run] = runsAtStake('start', refused);
    expect(run).toMatchObject({ isFinished: true, epochs: 12, savedAt: null });
    expect(runSentence(run!)).toBe('The run on show: finished, 720 steps, Spearman’s ρ 0.853');
    expect(runsAtStake('start', { ...stopped, savedStep: 100 }).map(runSentence)).toEqual([
      'The run on show: in epoch 3 of 12, 130 steps',
    ]);
    expect(
      runsAtStake('discard-saved', { ...nothing, resumable: saved(1720, 12) }).map(runSentence),
    ).toEqual(['The saved run: finished, 1,720 steps']);
  });
});
