import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import golden from '../../../test/fixtures/vmf.json';
import { loss, lossGradient } from '../../confidence/vmf';
import { gradientScale } from './gradient-scale';
import { vmfObjective } from './vmf-objective';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Loss and gradient of single pictures, one tensor call for all. */
function evaluate(
  mode: 'exact' | 'reference',
  dimension: number,
  rows: readonly { logKappa: number; cosTheta: number }[],
) {
  const objective = vmfObjective({ dimension, radius: 64, mode });
  const logKappa = tf.tensor1d(rows.map((row) => row.logKappa));
  const cosTheta = tf.tensor1d(rows.map((row) => row.cosTheta));
  const ones = tf.ones([rows.length]) as tf.Tensor1D;
  const gradient = tf.grad((x) => objective(x as tf.Tensor1D, cosTheta, ones))(logKappa);
  // The objective is a mean: n times its gradient is each picture's own.
  return {
    loss: objective(logKappa, cosTheta, ones).dataSync()[0]!,
    gradient: gradient.dataSync().map((value) => value * rows.length),
  };
}

describe.each(['exact', 'reference'] as const)('the %s objective in float32', (mode) => {
  it('has the float64 gradient within 2e-6 of its subtracted terms, at d = 512', () => {
    const rows = golden.loss
      .filter(({ d }) => d === 512)
      .map(({ kappa, cosTheta }) => ({
        logKappa: Math.fround(Math.log(kappa)),
        cosTheta: Math.fround(cosTheta),
      }));
    const { gradient } = evaluate(mode, 512, rows);
    rows.forEach(({ logKappa, cosTheta }, i) => {
      const exact = lossGradient(mode, 512, Math.exp(logKappa), cosTheta);
      const scale = gradientScale(mode, 512, Math.exp(logKappa), cosTheta);
      expect(
        Math.abs(gradient[i]! - exact) / scale,
        `log kappa ${logKappa}, cosTheta ${cosTheta}`,
      ).toBeLessThan(2e-6);
    });
  });

  it('has the float64 loss within 1e-6 relative, at small dimensions too', () => {
    for (const dimension of [2, 16, 128, 512]) {
      for (const logKappa of [-2, 0, 3, 6, 9]) {
        const { loss: found } = evaluate(mode, dimension, [{ logKappa, cosTheta: 0.6 }]);
        const expected = loss(
          mode,
          dimension,
          64,
          Math.exp(Math.fround(logKappa)),
          Math.fround(0.6),
        );
        expect(Math.abs(found - expected), `d ${dimension}, log kappa ${logKappa}`).toBeLessThan(
          1e-6 * Math.max(500, Math.abs(expected)),
        );
      }
    }
  });

  it('is finite for every finite log kappa', () => {
    const rows = [-3e38, -1000, -80, -30, -5, 0, 5, 12, 30, 80, 1000, 3e38].map((logKappa) => ({
      logKappa,
      cosTheta: 0.3,
    }));
    const found = evaluate(mode, 512, rows);
    expect(Number.isFinite(found.loss)).toBe(true);
    for (const value of found.gradient) expect(Number.isFinite(value)).toBe(true);
  });
});

it('leaves padding out of the mean and of the gradient', () => {
  const objective = vmfObjective({ dimension: 512, radius: 64, mode: 'exact' });
  const cosTheta = tf.tensor1d([0.5, 0.9]);
  const mask = tf.tensor1d([1, 0]);
  const gradient = tf
    .grad((x) => objective(x as tf.Tensor1D, cosTheta, mask))(tf.tensor1d([6, 6]))
    .dataSync();
  expect(Math.abs(gradient[1]!)).toBe(0);
  expect(gradient[0]).toBeCloseTo(lossGradient('exact', 512, Math.exp(6), 0.5), 3);
});
