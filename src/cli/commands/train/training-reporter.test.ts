import { afterEach, expect, it, vi } from 'vitest';
import type { SessionEvent, StepMetrics } from '../../../training/session/run-events';
import { presets } from '../../../training/config/run-config';
import { trainingReporter } from './training-reporter';

afterEach(() => void vi.restoreAllMocks());

it('reports a run every ten seconds on a stream that is no terminal', () => {
  let now = 0;
  const printed: string[] = [];
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  vi.spyOn(console, 'error').mockImplementation((line: string) => void printed.push(line));
  vi.spyOn(process.stderr, 'write').mockImplementation(
    (line) => printed.push(String(line).trimEnd()) > 0,
  );
  const report = trainingReporter();
  const steps = (step: number): SessionEvent => ({
    type: 'steps',
    metrics: [{ step, epoch: 2, loss: 23.4567, imagesPerSecond: 178_328.2 } as StepMetrics],
  });
  const reading = (done: number, total: number | null): SessionEvent => ({
    type: 'progress',
    progress: {
      phase: 'reading-features',
      label: 'Embedding',
      done,
      total,
      unit: 'pictures',
      perSecond: 20,
    },
  });
  report({ type: 'run-state', state: 'preparing', config: { ...presets.demo, epochs: 12 } });
  for (now = 0; now <= 12_000; now += 1000) report(reading(now / 50, 4800));
  report({ type: 'progress', progress: null });
  report({ type: 'run-state', state: 'running', config: null });
  for (const start = now; now <= start + 21_000; now += 500) report(steps(now / 500));
  // A total that isn't known.
  for (const start = now; now <= start + 11_000; now += 1000) report(reading(now / 50, null));
  report({ type: 'run-state', state: 'finished', config: null });
  expect(printed).toEqual([
    'Embedding: 200 of 4,800 pictures · 20 a second · about 3 min 50 s left',
    'Embedding: 240 of 4,800 pictures in 13 s',
    'step 46, epoch 2 of 12: loss 23.457, pictures: 178,000 a second',
    'step 66, epoch 2 of 12: loss 23.457, pictures: 178,000 a second',
    expect.stringMatching(/^Embedding: [\d,]+ pictures · 20 a second$/),
  ]);
});
