import { beforeEach, describe, expect, it, vi } from 'vitest';
import { stepOf } from '../../runs/curve-columns';
import type { HeadInUse, ShownFace } from '../../studio/protocol';
import { presets } from '../../training/config/run-config';
import type { StepMetrics, ValidationResult } from '../../training/session/run-events';
import { answerConfirmation, confirmLoss } from '../train/confirm/confirm-loss';
import { receive, receiveFailure } from './receive-event';
import { beginRun, shownRunConfig, series, studioStore } from './studio-store';

const config = { ...presets.demo, epochs: 12 };
const steps = (step: number) =>
  receive({ type: 'steps', metrics: [{ step, epoch: 12, loss: 1 } as StepMetrics] });
const state = () => studioStore.getState();

/** Sends the events of a whole run. @param isSaved whether its last checkpoint was written */
function finish(isSaved = true): void {
  beginRun();
  receive({ type: 'run-state', state: 'preparing', config });
  receive({ type: 'run-state', state: 'running', config });
  steps(720);
  receive({
    type: 'validation',
    result: { step: 720, epoch: 12, spearman: 0.85 } as ValidationResult,
  });
  if (isSaved) receive({ type: 'checkpoint-saved', step: 720, epoch: 12, savedAt: 5 });
  receive({ type: 'run-state', state: 'finished', config });
}

describe('the store', () => {
  beforeEach(() => {
    studioStore.setState(studioStore.getInitialState());
    series.clear();
  });

  it('keeps the settings of a finished run when the form changes', () => {
    finish();
    studioStore.setState({ config: { ...config, epochs: 30, method: 'scf-g', zDim: 128 } });
    expect(shownRunConfig(state())).toEqual(config);
  });

  it('removes the errors of the run before when another is requested, and no others', () => {
    const fail = (scope: 'run' | 'machine', message: string) =>
      receive({ type: 'error', scope, error: { code: 'bad-source', message, nextStep: '' } });
    fail('run', 'The folder has to be picked again.');
    fail('machine', 'It could not be measured.');
    beginRun();
    expect(state().errors.map(({ scope }) => scope)).toEqual(['machine']);
    fail('run', 'The folder has to be picked again.');
    expect(state().errors).toHaveLength(2);
  });

  it('shows the whole past of a run that is resumed or opened, before its further steps', () => {
    finish();
    beginRun(2);
    receive({ type: 'run-state', state: 'preparing', config });
    const past = [1, 2, 3].map((step) => ({ ...stepOf(() => 7), step }));
    receive({ type: 'steps', metrics: past });
    for (const step of [1, 3])
      receive({ type: 'validation', result: { step, spearman: step / 10 } as ValidationResult });
    expect(state()).toMatchObject({ latest: { step: 3, loss: 7 }, validation: { step: 3 } });
    expect(series.all).toEqual(past);
    // It goes on from its checkpoint, at step 2.
    steps(3);
    expect(series.all.map(({ step, loss }) => [step, loss])).toEqual([
      [1, 7],
      [2, 7],
      [3, 1],
    ]);
    expect(state().validations.map(({ step }) => step)).toEqual([1]);
    receive({ type: 'validation', result: { step: 3, spearman: 0.5 } as ValidationResult });
    expect(state().validations.map(({ spearman }) => spearman)).toEqual([0.1, 0.5]);
  });

  it('keeps the figures of the run before until another is prepared', () => {
    finish();
    beginRun();
    receiveFailure(
      { type: 'start' },
      { code: 'bad-config', message: 'A lesson is on.', nextStep: '' },
    );
    expect(state()).toMatchObject({
      latest: { step: 720 },
      validation: { spearman: 0.85 },
      isRunLoaded: true,
      savedStep: 720,
      runRequest: null,
    });
    expect(series.all).toHaveLength(1);

    beginRun(40);
    expect(state().latest).not.toBeNull();
    receive({ type: 'run-state', state: 'preparing', config: { ...config, epochs: 3 } });
    expect(state()).toMatchObject({
      latest: null,
      validation: null,
      isRunLoaded: false,
      savedStep: 40,
      runConfig: { epochs: 3 },
    });
    expect(series.all).toHaveLength(0);
  });

  it('keeps the figures of a run that continues on a fresh device', () => {
    finish();
    receive({ type: 'run-state', state: 'preparing', config });
    expect(state()).toMatchObject({ latest: { step: 720 }, runState: 'preparing' });
  });

  it('shows faces, their head and its distributions from one event', () => {
    const reading = (policy: 'full') => ({ policy, kappa: null, distributions: [] });
    const head: HeadInUse = {
      kind: 'file',
      faces: null,
      name: 'h',
      head: 'compact',
      network: { reads: 'statistics', inputs: 1025, layers: [] },
      method: 'scf',
      step: 1,
      backboneVerified: true,
      readings: [reading('full')],
      collapse: null,
      reason: 'chosen',
    };
    finish();
    const face = { id: '1', kappa: 5 } as ShownFace;
    const pair = {
      policy: 'full',
      scores: { cosine: 0.5 },
      pooledCosTheta: null,
      isOnePicture: false,
    } as const;
    const seen: unknown[] = [];
    const stop = studioStore.subscribe(({ headInUse, readings, faces }) =>
      seen.push([headInUse?.name, readings.length, faces.a.length]),
    );
    receive({ type: 'head', head, sides: { a: [face], b: [] }, pair });
    receive({ type: 'head', head: null, sides: { a: [], b: [] }, pair: null });
    stop();
    expect(seen).toEqual([
      ['h', 1, 1],
      [undefined, 0, 0],
    ]);
    // The run stays, whatever head is chosen.
    expect(state().isRunLoaded).toBe(true);
  });
});

describe('an action that would lose a run', () => {
  beforeEach(() => studioStore.setState(studioStore.getInitialState()));

  it('is performed immediately if there is no run', () => {
    const start = vi.fn();
    confirmLoss({ kind: 'start' }, start);
    expect(start).toHaveBeenCalledOnce();
    expect(state().confirmation).toBeNull();
  });

  it('is performed immediately if the run is saved: it stays among the kept runs', () => {
    const start = vi.fn();
    finish();
    confirmLoss({ kind: 'start' }, start);
    expect(start).toHaveBeenCalledOnce();
  });

  it('is performed once the person agrees, and never after a refusal', () => {
    const start = vi.fn();
    finish(false);
    confirmLoss({ kind: 'start' }, start);
    expect(state().confirmation).toEqual({ kind: 'start' });
    answerConfirmation(false);
    answerConfirmation(true);
    expect(start).not.toHaveBeenCalled();
    confirmLoss({ kind: 'start' }, start);
    answerConfirmation(true);
    expect(start).toHaveBeenCalledOnce();
    expect(state().confirmation).toBeNull();
  });
});
