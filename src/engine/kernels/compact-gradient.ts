import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { runKernel, type GpuKernel } from './gpu-kernel';

const WORKGROUP = 64;

const compactGradient: GpuKernel = {
  name: 'compactGradient',
  inputs: ['x', 'hidden', 'rows', 'weights'],
  uniforms: { batch: 'i32', depth: 'i32', columns: 'i32' },
  workgroupSize: [WORKGROUP, 1, 1],
  code: `
    fn main(index : i32) {
      // A thread makes four neighbouring columns of one row of the gradient; neighbouring threads
      // read neighbouring inputs.
      let across = i32(workgroupId.x) * ${WORKGROUP} + i32(localIndex);
      let column = 4 * i32(workgroupId.y);
      let depth = uniforms.depth;
      let columns = uniforms.columns;
      if (across > depth + 1) { return; }
      let outWeight = (depth + 1) * columns;
      var sum = vec4<f32>(0.0);
      var slopes = 0.0;
      for (var b = 0; b < uniforms.batch; b = b + 1) {
        let slope = rows[3 * b + 2];
        var lit = vec4<f32>(0.0);
        var through = vec4<f32>(0.0);
        for (var part = 0; part < 4; part = part + 1) {
          if (column + part >= columns) { break; }
          lit[part] = hidden[b * columns + column + part];
          through[part] = select(0.0, slope * weights[outWeight + column + part], lit[part] > 0.0);
        }
        if (across < depth) {
          sum = sum + x[b * depth + across] * through;
        } else if (across == depth) {
          sum = sum + through;
        } else {
          sum = sum + slope * lit;
          slopes = slopes + slope;
        }
      }
      for (var part = 0; part < 4; part = part + 1) {
        if (column + part < columns) { result[across * columns + column + part] = sum[part]; }
      }
      if (across == depth + 1 && column == 0) { result[(depth + 2) * columns] = slopes; }
    }`,
};

/**
 * The gradient of the compact head, in the order of its parameters and in one dispatch: W [depth,
 * columns], b [columns], w [columns] and its bias, [(depth + 2)·columns + 1]. Each number is summed
 * by one thread, picture after picture: the same bits every time.
 * @param hidden [n, columns], after the ReLU
 * @param rows [n, 3]: of each picture, last, the loss's slope with respect to the head's output
 * @param weights the head's parameters, in the same order
 */
export function compactGradientOnGpu(
  x: Tensor2D,
  hidden: Tensor2D,
  rows: Tensor2D,
  weights: Tensor1D,
): Tensor1D {
  const [batch, depth] = x.shape;
  const columns = hidden.shape[1];
  const groups = [Math.ceil((depth + 2) / WORKGROUP), Math.ceil(columns / 4), 1] as const;
  return runKernel(compactGradient, [x, hidden, rows, weights], groups, { batch, depth, columns }, [
    (depth + 2) * columns + 1,
  ]) as Tensor1D;
}
