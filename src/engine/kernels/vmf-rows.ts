import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import {
  debyeOrder,
  debyePolynomials,
  ratioPolynomials,
  seriesCoefficients,
} from '../../confidence/bessel';
import { REFERENCE_EPSILON, type ObjectiveMode } from '../../confidence/vmf';
import { runKernel, wgslFloat, type GpuKernel } from './gpu-kernel';

const WORKGROUP = 64;
/** Debye terms kept: at an order ≥ 64 the next is below float32's rounding. */
const TERMS = 3;
/** |log κ| past this is taken as this: κ² must stay finite in float32. */
const LOG_KAPPA_LIMIT = 30;

/**
 * log I_v and A_d by the Debye form, and the loss with its slope, so written that the large terms
 * cancel on paper: the same forms as `training/objectives/vmf-objective`'s.
 */
function vmfRows(mode: ObjectiveMode, dimension: number): GpuKernel {
  const v = dimension / 2 - 1;
  const order = debyeOrder(v);
  const horner = (coefficients: readonly number[]) =>
    coefficients.reduceRight(
      (sum, value) => (sum === '' ? wgslFloat(value) : `fma(${sum}, p, ${wgslFloat(value)})`),
      '',
    );
  const steps = Math.round(order - v);
  const constant =
    mode === 'exact' ? -order * Math.log(order) - 0.5 * Math.log(2 * Math.PI * order) : 0;
  const exact = `
      var value = kappa * (1.0 - cosine) + gap * order + logOnePlus(series) + ${wgslFloat(constant)} - (order * logOnePlus(s) + 0.5 * log(s));
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
      var logScaled = (gap + logPower) * order + logOnePlus(series) - 0.5 * log(s) - ${wgslFloat(0.5 * Math.log(2 * Math.PI * order))};
      for (var step = 0; step < ${steps}; step = step + 1) {
        let denominator = kappa * ratio + 2.0 * (order - f32(step));
        logScaled = logScaled + log(denominator / kappa);
        complement = (2.0 * (order - f32(step)) - kappa * complement) / denominator;
        ratio = kappa / denominator;
      }
      let scaled = exp(logScaled);
      let guarded = scaled + ${wgslFloat(REFERENCE_EPSILON)};
      let shifted = kappa + ${wgslFloat(REFERENCE_EPSILON)};
      let towards = kappa * (1.0 - cosine);
      let value = towards + log(guarded) - v * log(shifted);
      let gradient = towards - v * kappa / shifted + scaled / guarded * (v - kappa * complement);`;
  return {
    name: `vmfRows ${mode} ${dimension}`,
    inputs: ['hidden', 'weights', 'cosTheta', 'mask'],
    uniforms: { columns: 'i32', first: 'i32', count: 'f32', floor: 'f32' },
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
      for (var at = i32(localIndex); at < columns; at = at + ${WORKGROUP}) { sum = sum + hidden[row * columns + at] * weights[uniforms.first + at]; }
      sums[localIndex] = sum;
      workgroupBarrier();
      for (var half = ${WORKGROUP / 2}u; half > 0u; half = half / 2u) {
        if (localIndex < half) { sums[localIndex] = sums[localIndex] + sums[localIndex + half]; }
        workgroupBarrier();
      }
      if (localIndex > 0u) { return; }
      let above = sums[0] + weights[uniforms.first + columns] - uniforms.floor;
      let logKappa = max(above, 0.0) + log(1.0 + exp(-abs(above))) + uniforms.floor;
      let cosine = cosTheta[row];
      let v = ${wgslFloat(v)};
      let order = ${wgslFloat(order)};
      let kappa = exp(clamp(logKappa, -${wgslFloat(LOG_KAPPA_LIMIT)}, ${wgslFloat(LOG_KAPPA_LIMIT)}));
      let t = kappa / order;
      let s = sqrt(t * t + 1.0);
      let p = 1.0 / s;
      let gap = 1.0 / (s + t);
      let series = ${horner(seriesCoefficients(debyePolynomials, 1, order, TERMS))};
      let correction = t * p * p * ${horner(seriesCoefficients(ratioPolynomials, 0, order, TERMS))} / (series + 1.0);
      var ratio = t / (s + 1.0) - correction;
      var complement = (gap + 1.0) / (s + 1.0) + correction;
      ${mode === 'exact' ? exact : reference}
      result[3 * row] = logKappa;
      result[3 * row + 1] = value;
      result[3 * row + 2] = gradient * mask[row] / uniforms.count;
    }`,
  };
}

/** What {@link vmfRowsOnGpu} is given besides its tensors. */
export interface VmfRowsSettings {
  readonly mode: ObjectiveMode;
  readonly dimension: number;
  /** Pictures that the mask keeps, at least 1. */
  readonly count: number;
  /** The head gives log(e^floor + e^x), whose slope is taken to be 1. */
  readonly floor: number;
  /** Where among the weights the last layer's lie: w [columns] and its bias. */
  readonly first: number;
}

/**
 * The last layer of a head and the vMF loss on it, in one dispatch: of each picture [log κ, the
 * loss less its constant, and the slope of the batch's mean with respect to x, the layer's output].
 * @param hidden [n, columns]
 * @param cosTheta [n]
 * @param mask [n], 1 for a picture and 0 for padding, whose slope is 0
 * @returns [n, 3]
 */
export function vmfRowsOnGpu(
  hidden: Tensor2D,
  weights: Tensor1D,
  cosTheta: Tensor1D,
  mask: Tensor1D,
  { mode, dimension, count, floor, first }: VmfRowsSettings,
): Tensor2D {
  const [rows, columns] = hidden.shape;
  return runKernel(
    vmfRows(mode, dimension),
    [hidden, weights, cosTheta, mask],
    [rows, 1, 1],
    { columns, first, count, floor },
    [rows, 3],
  ) as Tensor2D;
}
