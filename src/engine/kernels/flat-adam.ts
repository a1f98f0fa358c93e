import type { Tensor1D } from '@tensorflow/tfjs-core';
import { runKernel, wgslFloat, type GpuKernel } from './gpu-kernel';

const WORKGROUP = 64;
/** Partial sums of a gradient's norm. */
const PARTS = 64;
/** Added to a gradient's norm before dividing by it, as `torch.nn.utils.clip_grad_norm_` does. */
export const NORM_EPSILON = 1e-6;

const sumOfSquares: GpuKernel = {
  name: 'sumOfSquares',
  inputs: ['gradient'],
  uniforms: { size: 'i32', clip: 'f32' },
  workgroupSize: [WORKGROUP, 1, 1],
  code: `
    var<workgroup> sums : array<f32, ${WORKGROUP}>;
    fn main(index : i32) {
      var sum = 0.0;
      let first = i32(workgroupId.x) * ${WORKGROUP} + i32(localIndex);
      for (var at = first; at < uniforms.size; at = at + ${WORKGROUP * PARTS}) {
        var g = gradient[at];
        if (uniforms.clip > 0.0) { g = clamp(g, -uniforms.clip, uniforms.clip); }
        sum = sum + g * g;
      }
      sums[localIndex] = sum;
      workgroupBarrier();
      for (var half = ${WORKGROUP / 2}u; half > 0u; half = half / 2u) {
        if (localIndex < half) { sums[localIndex] = sums[localIndex] + sums[localIndex + half]; }
        workgroupBarrier();
      }
      if (localIndex == 0u) { result[workgroupId.x] = sums[0]; }
    }`,
};

const flatAdam: GpuKernel = {
  name: 'flatAdam',
  inputs: ['gradient', 'squares'],
  uniforms: {
    size: 'i32',
    clip: 'f32',
    maxNorm: 'f32',
    decay: 'f32',
    beta1: 'f32',
    beta2: 'f32',
    scale: 'f32',
    epsilon: 'f32',
  },
  workgroupSize: [WORKGROUP, 1, 1],
  code: `
    fn main(index : i32) {
      let size = uniforms.size;
      let at = i32(workgroupId.x) * ${WORKGROUP} + i32(localIndex);
      if (at >= size) { return; }
      var g = gradient[at];
      if (uniforms.clip > 0.0) { g = clamp(g, -uniforms.clip, uniforms.clip); }
      if (uniforms.maxNorm > 0.0) {
        var sum = 0.0;
        for (var part = 0; part < ${PARTS}; part = part + 1) { sum = sum + squares[part]; }
        g = g * min(uniforms.maxNorm / (sqrt(sum) + ${wgslFloat(NORM_EPSILON)}), 1.0);
      }
      let parameter = result[at];
      g = g + uniforms.decay * parameter;
      let m = uniforms.beta1 * result[size + at] + (1.0 - uniforms.beta1) * g;
      let v = uniforms.beta2 * result[2 * size + at] + (1.0 - uniforms.beta2) * g * g;
      result[size + at] = m;
      result[2 * size + at] = v;
      result[at] = parameter - uniforms.scale * m / (sqrt(v) + uniforms.epsilon);
    }`,
};

/** One step's numbers; the bias corrections are in `scale` and `epsilon`. */
export interface FlatAdamStep {
  /** Clips each element of the gradient to ± this; 0 is off. */
  readonly clip: number;
  /** Rescales the gradient to at most this L2 norm; 0 is off. */
  readonly maxNorm: number;
  readonly decay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly scale: number;
  readonly epsilon: number;
}

/**
 * Adam on the GPU over all parameters in place: one dispatch, or two if the gradient's norm is
 * limited.
 * @param state [3n]: parameters, first moments, second moments
 * @param gradient [n]
 */
export function flatAdamOnGpu(state: Tensor1D, gradient: Tensor1D, step: FlatAdamStep): void {
  const { size } = gradient;
  const squares =
    step.maxNorm > 0
      ? runKernel(sumOfSquares, [gradient], [PARTS, 1, 1], { size, clip: step.clip }, [PARTS])
      : gradient;
  runKernel(
    flatAdam,
    [gradient, squares],
    [Math.ceil(size / WORKGROUP), 1, 1],
    { size, ...step },
    state,
  );
  if (squares !== gradient) squares.dispose();
}
