import { beforeEach, describe, expect, it, vi } from 'vitest';
import { presets } from '../../training/config/run-config';
import type { StepMetrics, ValidationResult } from '../../training/session/run-events';
import { answerRunQuestion, beforeLosing } from '../train/question/run-question';
import { beginRun, receive, runOnShow, series, studioStore } from './studio-store';

const config = { ...presets.demo, epochs: 12 };
const steps = (step: number) =>
  receive({ type: 'steps', metrics: [{ step, epoch: 12, loss: 1 } as StepMetrics] });
const state = () => studioStore.getState();

/** A run from its beginning to its end. */
function finish(): void {
  beginRun();
  receive({ type: 'run-state', state: 'preparing', config });
  receive({ type: 'run-state', state: 'running', config });
  steps(720);
  receive({
    type: 'validation',
    result: { step: 720, epoch: 12, spearman: 0.85 } as ValidationResult,
  });
  receive({ type: 'checkpoint-saved', step: 720, epoch: 12, savedAt: 5 });
  receive({ type: 'run-state', state: 'finished', config });
}

describe('the store', () => {
  beforeEach(() => {
    studioStore.setState(studioStore.getInitialState());
    series.clear();
  });

  it('keeps the settings of a finished run, whatever the form becomes', () => {
    finish();
    studioStore.setState({ config: { ...config, epochs: 30, method: 'scf-g', zDim: 128 } });
    expect(runOnShow(state())).toEqual(config);
  });

  it('takes what ended a run off the page when another is asked for, and nothing else', () => {
    const said = (scope: 'run' | 'machine', message: string) =>
      receive({ type: 'error', scope, error: { code: 'bad-source', message, nextStep: '' } });
    said('run', 'The folder has to be picked again.');
    said('machine', 'It could not be measured.');
    beginRun();
    expect(state().errors.map(({ scope }) => scope)).toEqual(['machine']);
    said('run', 'The folder has to be picked again.');
    expect(state().errors).toHaveLength(2);
  });

  it('keeps the figures of the run before until another has been taken on', () => {
    finish();
    beginRun();
    receive({
      type: 'error',
      scope: 'run',
      error: { code: 'bad-config', message: 'A lesson is on.', nextStep: '' },
    });
    expect(state()).toMatchObject({
      latest: { step: 720 },
      validation: { spearman: 0.85 },
      isAtHand: true,
      savedStep: 720,
      beginning: null,
    });
    expect(series.all).toHaveLength(1);

    beginRun(40);
    expect(state().latest).not.toBeNull();
    receive({ type: 'run-state', state: 'preparing', config: { ...config, epochs: 3 } });
    expect(state()).toMatchObject({
      latest: null,
      validation: null,
      isAtHand: false,
      savedStep: 40,
      runConfig: { epochs: 3 },
    });
    expect(series.all).toHaveLength(0);
  });

  it('keeps the figures of a run that goes on by itself on a fresh device', () => {
    finish();
    receive({ type: 'run-state', state: 'preparing', config });
    expect(state()).toMatchObject({ latest: { step: 720 }, runState: 'preparing' });
  });

  it('knows that another head has taken the run’s place, and that the studio’s own has not', () => {
    const head = {
      name: 'h',
      head: 'compact',
      method: 'scf',
      step: 1,
      backboneVerified: true,
      collapse: null,
    } as const;
    finish();
    receive({ type: 'head', head: null });
    receive({ type: 'head', head: { ...head, ready: true } });
    expect(state().isAtHand).toBe(true);
    receive({ type: 'head', head: { ...head, ready: false } });
    expect(state().isAtHand).toBe(false);
  });
});

describe('what would cost a run', () => {
  beforeEach(() => studioStore.setState(studioStore.getInitialState()));

  it('is done at once where there is none', () => {
    const start = vi.fn();
    beforeLosing('start', start);
    expect(start).toHaveBeenCalledOnce();
    expect(state().runQuestion).toBeNull();
  });

  it('is done once a person has agreed, and never after a no', () => {
    const start = vi.fn();
    finish();
    beforeLosing('start', start);
    expect(state().runQuestion).toBe('start');
    answerRunQuestion(false);
    answerRunQuestion(true);
    expect(start).not.toHaveBeenCalled();
    beforeLosing('start', start);
    answerRunQuestion(true);
    expect(start).toHaveBeenCalledOnce();
    expect(state().runQuestion).toBeNull();
  });
});
