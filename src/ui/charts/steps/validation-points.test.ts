import { describe, expect, it } from 'vitest';
import type { ValidationPoint } from './drawn-run';
import { validationPoints } from './validation-points';

const at = (step: number, loss: number, spearman: number | null): ValidationPoint => ({
  step,
  epoch: 1,
  loss,
  spearman,
  spearmanClean: null,
});

describe('figures of validations', () => {
  it('of runs that validate at different steps share these', () => {
    const often = [at(100, 3, 0.1), at(200, NaN, null), at(300, 1, 0.3)];
    const seldom = [at(150, 8, 0.5), at(300, 7, 0.6)];
    expect(
      validationPoints([
        { validations: often, keys: ['loss', 'spearman'] },
        { validations: seldom, keys: ['spearman'] },
      ]),
    ).toEqual({
      steps: [100, 150, 200, 300],
      values: [
        [
          [3, undefined, null, 1],
          [0.1, undefined, null, 0.3],
        ],
        [[undefined, 0.5, undefined, 0.6]],
      ],
    });
  });

  it('of a run without validations are none', () => {
    expect(validationPoints([{ validations: [], keys: ['loss'] }])).toEqual({
      steps: [],
      values: [[[]]],
    });
  });
});
