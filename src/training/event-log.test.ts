import { describe, expect, it } from 'vitest';
import { encodeEvent, histogramOf, type EventContent } from '../formats/tfevents/tfevents';
import {
  experimentSummary,
  sessionEndSummary,
  sessionStartSummary,
} from '../formats/tfevents/tfevents-hparams';
import { EventLog } from './event-log';
import { presets } from './config/run-config';
import type { SessionEvent, StepMetrics, ValidationResult } from './session/run-events';

const config = { ...presets.demo, tensorboard: true };
const log = (changes = {}) => new EventLog({ ...config, ...changes }, 1000.5, () => 1002);

const metrics = (step: number): StepMetrics => ({
  step,
  epoch: 1,
  loss: 2300 + step,
  lossAlignment: -400,
  lossNormalizer: 100,
  lossLogKappa: -1500,
  lossLogBessel: 1600,
  lossConstant: 2600,
  kappaMean: 600 + step,
  kappaLow: 500,
  kappaHigh: 700,
  cosThetaMean: 0.7,
  learningRate: 1e-3,
  imagesPerSecond: 100,
  bytesAllocated: 0,
});

const validation = (spearman: number | null): ValidationResult => ({
  step: 7,
  epoch: 1,
  method: 'scf',
  objective: 'exact',
  loss: 2000,
  spearman,
  spearmanInterval: null,
  spearmanClean: spearman,
  images: 3,
  identities: 2,
  kappa: Float32Array.of(500, 700, 900),
  cosTheta: new Float32Array(3),
  severity: new Float32Array(3),
});

const at = (step: number, content: EventContent) => encodeEvent(1002, step, content);
const hex = (...parts: readonly Uint8Array[]) => Buffer.concat(parts).toString('hex');

const opening = [
  encodeEvent(1000.5, 0, { type: 'file-version' }),
  at(0, {
    type: 'summary',
    values: [
      experimentSummary({ ...config }, ['val/loss', 'val/spearman', 'total_loss', 'kappa'], 1000.5),
    ],
  }),
  at(0, { type: 'summary', values: [sessionStartSummary({ ...config }, 1000.5)] }),
];

const scalarsOf = (step: number) =>
  at(step, {
    type: 'summary',
    values: Object.entries({
      kappa: 600 + step,
      total_loss: 2300 + step,
      neg_kappa_times_cos_theta: -400,
      neg_dim_scalar_times_log_kappa: -1500,
      log_iv_kappa: 1600,
      lr: 1e-3,
    }).map(([tag, scalar]) => ({ tag, scalar })),
  });

describe('an event log', () => {
  it('opens with version and settings, then gives scalars under the published names', () => {
    const events = log();
    const steps: SessionEvent = { type: 'steps', metrics: [metrics(1), metrics(2)] };
    expect(hex(events.append({ type: 'run-state', state: 'preparing', config }))).toBe(
      hex(...opening),
    );
    expect(hex(events.append(steps))).toBe(hex(scalarsOf(1), scalarsOf(2)));
    expect(events.append({ type: 'progress', progress: null })).toHaveLength(0);
    expect(hex(log().append(steps))).toBe(hex(...opening, scalarsOf(1), scalarsOf(2)));
  });

  it('writes NaN as the loss and κ of a step at which a run diverged', () => {
    const events = log();
    events.append({ type: 'run-state', state: 'running', config });
    const parts = {
      lossAlignment: NaN,
      lossNormalizer: NaN,
      lossLogKappa: NaN,
      lossLogBessel: NaN,
      lossConstant: NaN,
    };
    const diverged: StepMetrics = { ...metrics(3), ...parts, loss: NaN, kappaMean: Infinity };
    const values = [
      { tag: 'kappa', scalar: Infinity },
      { tag: 'total_loss', scalar: NaN },
      { tag: 'lr', scalar: 1e-3 },
    ];
    const expected = [at(3, { type: 'restart' }), at(3, { type: 'summary', values })];
    expect(hex(events.append({ type: 'steps', metrics: [diverged] }))).toBe(hex(...expected));
  });

  it('writes validation figures and a histogram of κ, and leaves out an undefined ρ', () => {
    const events = log();
    events.append({ type: 'run-state', state: 'running', config });
    const [loss, histogram] = [
      { tag: 'val/loss', scalar: 2000 },
      { tag: 'kappa_hist', histogram: histogramOf([500, 700, 900])! },
    ];
    const spearman = { tag: 'val/spearman', scalar: 0.5 };
    expect(hex(events.append({ type: 'validation', result: validation(0.5) }))).toBe(
      hex(at(7, { type: 'summary', values: [loss, spearman, histogram] })),
    );
    expect(hex(events.append({ type: 'validation', result: validation(null) }))).toBe(
      hex(at(7, { type: 'summary', values: [loss, histogram] })),
    );
  });

  it('marks a resumed run before its first step, and only there', () => {
    const events = log();
    events.append({ type: 'run-state', state: 'running', config });
    expect(hex(events.append({ type: 'steps', metrics: [metrics(5), metrics(6)] }))).toBe(
      hex(at(5, { type: 'restart' }), scalarsOf(5), scalarsOf(6)),
    );
  });

  it('marks where a run goes back to a checkpoint, so that no step is shown twice', () => {
    const events = log();
    events.append({ type: 'steps', metrics: [metrics(1), metrics(2), metrics(3)] });
    expect(hex(events.append({ type: 'steps', metrics: [metrics(2), metrics(3)] }))).toBe(
      hex(at(2, { type: 'restart' }), scalarsOf(2), scalarsOf(3)),
    );
  });

  it('writes the end of a finished run', () => {
    const events = log();
    events.append({ type: 'steps', metrics: [metrics(1)] });
    expect(hex(events.append({ type: 'run-state', state: 'finished', config }))).toBe(
      hex(at(1, { type: 'summary', values: [sessionEndSummary(1002)] })),
    );
  });

  it.each(['paused', 'running', 'stopped', 'failed'] as const)(
    'leaves a run open that is %s',
    (state) => {
      const events = log();
      events.append({ type: 'steps', metrics: [metrics(1)] });
      expect(events.append({ type: 'run-state', state, config })).toHaveLength(0);
    },
  );

  it('has a file name that TensorBoard finds, with its second and a hash of its settings', () => {
    expect(log().fileName).toMatch(/^events\.out\.tfevents\.1000\.scf-compact-777-\w+$/);
    expect(log({ epochs: 31 }).fileName).not.toBe(log().fileName);
  });
});
