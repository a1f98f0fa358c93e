import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { float32Debye, LOG_KAPPA_LIMIT } from '../../confidence/bessel';
import { REFERENCE_EPSILON, type ObjectiveMode } from '../../confidence/vmf';
import { runKernel, wgslFloat, type GpuKernel } from './gpu-kernel';

const WORKGROUP = 64;

/**
 * log I_v and A_d by the Debye form, and the loss with its slope, written so that the large terms
 * cancel on paper: the same forms as `training/objectives/vmf-objective`'s.
 */
function vmfRows(mode: ObjectiveMode, dimension: number): GpuKernel {
  const { v, order, series, ratioSeries, halfLogTwoPiOrder } = float32Debye(dimension);
  /** Steps of the recurrence from the expansion's order down to v. */
  const steps = Math.round(order - v);
  const exactConstant = wgslFloat(-order * Math.log(order) - halfLogTwoPiOrder);
  const epsilon = wgslFloat(REFERENCE_EPSILON);
  const limit = wgslFloat(LOG_KAPPA_LIMIT);
  const exact = `
      var value = kappa * (1.0 - cosine) + gap * order + logOnePlus(series) + ${exactConstant}
        - (order * logOnePlus(s) + 0.5 * log(s));
      for (var step = 0; step < ${steps}; step = step + 1) {
        let denominator = kappa * ratio + 2.0 * (order - f32(step));
        value = value + log(denominator);
        complement = (2.0 * (order - f32(step)) - kappa * complement) / denominator;
        ratio = kappa / denominator;
      }
      // Two forms of one difference; each is taken where it subtracts the smaller numbers.
      let gradient = kappa * select(ratio - cosine, (1.0 - cosine) - complement, kappa > v);`;
  const reference = `
      let away = (gap + 1.0) / (s + 1.0);
      let logPower = select(log(t / (s + 1.0)), logOnePlus(-away), t > 1.0);
      var logScaled = (gap + logPower) * order + logOnePlus(series)
        - 0.5 * log(s) - ${wgslFloat(halfLogTwoPiOrder)};
      for (var step = 0; step < ${steps}; step = step + 1) {
        let denominator = kappa * ratio + 2.0 * (order - f32(step));
        logScaled = logScaled + log(denominator / kappa);
        complement = (2.0 * (order - f32(step)) - kappa * complement) / denominator;
        ratio = kappa / denominator;
      }
      let scaled = exp(logScaled);
      let guarded = scaled + ${epsilon};
      let shifted = kappa + ${epsilon};
      let towards = kappa * (1.0 - cosine);
      let value = towards + log(guarded) - v * log(shifted);
      let gradient = towards - v * kappa / shifted
        + scaled / guarded * (v - kappa * complement);`;
  return {
    name: `vmfRows ${mode} ${dimension}`,
    inputs: ['hidden', 'parameters', 'cosTheta', 'mask'],
    uniforms: { columns: 'i32', outWeight: 'i32', outBias: 'i32', count: 'f32', floor: 'f32' },
    workgroupSize: [WORKGROUP, 1, 1],
    code: `
    var<workgroup> sums : array<f32, ${WORKGROUP}>;

    // log(1 + x) of a small x would lose its digits in the sum.
    fn logOnePlus(x : f32) -> f32 {
      if (abs(x) < 0.03) { return x * (1.0 - x * (0.5 - x * (0.33333334 - x * (0.25 - x * 0.2)))); }
      return log(1.0 + x);
    }

    fn main(index : i32) {
      let row = i32(workgroupId.x);
      let columns = uniforms.columns;
      var sum = 0.0;
      for (var at = i32(localIndex); at < columns; at = at + ${WORKGROUP}) {
        sum = sum + hidden[row * columns + at] * parameters[uniforms.outWeight + at];
      }
      sums[localIndex] = sum;
      workgroupBarrier();
      for (var half = ${WORKGROUP / 2}u; half > 0u; half = half / 2u) {
        if (localIndex < half) { sums[localIndex] = sums[localIndex] + sums[localIndex + half]; }
        workgroupBarrier();
      }
      if (localIndex > 0u) { return; }
      let above = sums[0] + parameters[uniforms.outBias] - uniforms.floor;
      let logKappa = max(above, 0.0) + log(1.0 + exp(-abs(above))) + uniforms.floor;
      let cosine = cosTheta[row];
      let v = ${wgslFloat(v)};
      let order = ${wgslFloat(order)};
      let kappa = exp(clamp(logKappa, -${limit}, ${limit}));
      let t = kappa / order;
      let s = sqrt(t * t + 1.0);
      let p = 1.0 / s;
      let gap = 1.0 / (s + t);
      let series = ${horner(series)};
      let correction = t * p * p * ${horner(ratioSeries)} / (series + 1.0);
      var ratio = t / (s + 1.0) - correction;
      var complement = (gap + 1.0) / (s + 1.0) + correction;
      ${mode === 'exact' ? exact : reference}
      result[3 * row] = logKappa;
      result[3 * row + 1] = value;
      result[3 * row + 2] = gradient * mask[row] / uniforms.count;
    }`,
  };
}

/** A polynomial of p as WGSL. @param coefficients lowest power first */
function horner(coefficients: readonly number[]): string {
  let sum = '';
  for (const coefficient of coefficients.toReversed())
    sum = sum === '' ? wgslFloat(coefficient) : `fma(${sum}, p, ${wgslFloat(coefficient)})`;
  return sum;
}

/** What {@link vmfRowsOnGpu} is given besides its tensors. */
export interface VmfRowsSettings {
  readonly mode: ObjectiveMode;
  readonly dimension: number;
  /** Pictures that the mask keeps, at least 1. */
  readonly count: number;
  /** The head gives log(e^floor + e^x), whose slope is taken to be 1. */
  readonly floor: number;
  /** First of the last layer's weights w [columns] among the parameters. */
  readonly outWeight: number;
  /** The last layer's bias among the parameters. */
  readonly outBias: number;
}

/**
 * The last layer of a head and the vMF loss on it, in one dispatch: of each picture [log κ, the
 * loss less its constant, and the slope of the batch's mean with respect to x, the layer's output].
 * @param hidden [n, columns]
 * @param parameters of the head, in one piece
 * @param cosTheta [n]
 * @param mask [n], 1 for a picture and 0 for padding, whose slope is 0
 * @returns [n, 3]
 */
export function vmfRowsOnGpu(
  hidden: Tensor2D,
  parameters: Tensor1D,
  cosTheta: Tensor1D,
  mask: Tensor1D,
  { mode, dimension, count, floor, outWeight, outBias }: VmfRowsSettings,
): Tensor2D {
  const [rows, columns] = hidden.shape;
  return runKernel(
    vmfRows(mode, dimension),
    [hidden, parameters, cosTheta, mask],
    [rows, 1, 1],
    { columns, outWeight, outBias, count, floor },
    [rows, 3],
  ) as Tensor2D;
}
