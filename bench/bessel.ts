import * as tf from '@tensorflow/tfjs-core';
import { startNodeWasm } from '../src/cli/node/node-backend';
import {
  logNormalizer,
  lossAndGradient,
  lossGradient,
  meanResultantLength,
} from '../src/confidence/vmf';
import { gradientScale } from '../src/training/objectives/gradient-scale';
import { vmfObjective } from '../src/training/objectives/vmf-objective';
import golden from '../test/fixtures/vmf.json';

/**
 * The vMF mathematics against 60-digit values, and the float32 gradient against its float64 twin at
 * d = 512.
 */
export default async function vmf(): Promise<Record<string, unknown>> {
  await startNodeWasm();
  const worst = (errors: readonly number[]) =>
    errors.reduce((most, error) => Math.max(most, error), 0);
  const rows = golden.loss
    .filter(({ d }) => d === 512)
    .map(({ kappa, cosTheta }) => ({
      logKappa: Math.fround(Math.log(kappa)),
      cosTheta: Math.fround(cosTheta),
    }));
  const objective = vmfObjective({ dimension: 512, radius: 64, mode: 'exact' });
  const cosTheta = tf.tensor1d(rows.map((row) => row.cosTheta));
  const mask = tf.ones([rows.length]) as tf.Tensor1D;
  const gradient = await tf
    .grad((x) => objective(x as tf.Tensor1D, cosTheta, mask))(
      tf.tensor1d(rows.map((row) => row.logKappa)),
    )
    .data();
  const errors = rows.map((row, i) => {
    const kappa = Math.exp(row.logKappa);
    const exact = lossGradient('exact', 512, kappa, row.cosTheta);
    const error = Math.abs(gradient[i]! * rows.length - exact);
    return {
      overTerms: error / gradientScale('exact', 512, kappa, row.cosTheta),
      overItself: error / Math.abs(exact),
    };
  });
  return {
    maxRelativeErrorMeanResultantLength: worst(
      golden.normalizer.map((row) =>
        Math.abs(meanResultantLength(row.d, row.kappa) / row.meanResultantLength - 1),
      ),
    ),
    maxAbsoluteErrorLogNormalizer512: worst(
      golden.normalizer
        .filter(({ d }) => d === 512)
        .map((row) => Math.abs(logNormalizer(row.d, row.kappa) - row.logNormalizer)),
    ),
    maxRelativeErrorGradientFloat32: worst(errors.map(({ overTerms }) => overTerms)),
    maxRelativeErrorGradientFloat32OverItself: worst(errors.map(({ overItself }) => overItself)),
    nanosecondsPerLossAndGradient: nanosecondsPerValue(),
  };
}

const VALUES = 1_000_000;

/** log I_v, A_d and the loss of them, in float64 at d = 512. */
function nanosecondsPerValue(): number {
  let sum = 0;
  const pass = () => {
    const startedAt = performance.now();
    for (let i = 0; i < VALUES; i++)
      sum += lossAndGradient('exact', 512, 64, 1 + i / 500, 0.5).gradient;
    return ((performance.now() - startedAt) * 1e6) / VALUES;
  };
  pass();
  const nanoseconds = pass();
  if (!Number.isFinite(sum)) throw new Error('A gradient is not finite.');
  return nanoseconds;
}
