import { expect, it } from 'vitest';
import type { ValidationResult } from '../../../training/session/run-events';
import type { KeptCurves } from '../../../studio/protocol/runs';
import { figuresAt, lastStepOf } from './figures-at';
import { nextReplayStep } from './replay-step';

const column = (...values: number[]) => Float64Array.from(values);
const kept = {
  columns: {
    step: column(2, 4, 6),
    epoch: column(1, 1, 2),
    loss: column(3, 2, 1),
    kappaMean: column(10, 20, 30),
  },
  validations: [{ step: 3, spearman: 0.5 } as ValidationResult],
} as unknown as KeptCurves;

it('gives the figures of the last step up to another, and of its last validation', () => {
  expect(figuresAt(kept, null)).toEqual({
    step: 6,
    epoch: 2,
    loss: expect.closeTo(1.973, 3),
    kappaMean: 30,
    spearman: 0.5,
  });
  expect(figuresAt(kept, 5)).toMatchObject({ step: 4, spearman: 0.5 });
  expect(figuresAt(kept, 2)).toMatchObject({ step: 2, spearman: null });
  expect(figuresAt(kept, 1)).toBeNull();
  expect(lastStepOf(kept)).toBe(6);
});

it('replays a run of any length in about a hundred pictures, to its last step', () => {
  for (const last of [3, 100, 10_000]) {
    let step = 0;
    let pictures = 0;
    while (step < last) {
      step = nextReplayStep(step, last);
      pictures++;
    }
    expect(step).toBe(last);
    expect(pictures).toBe(Math.min(last, 100));
  }
});
