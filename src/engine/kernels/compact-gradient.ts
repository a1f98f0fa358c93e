import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { runKernel, type GpuKernel } from './gpu-kernel';

const WORKGROUP = 64;

const compactGradient: GpuKernel = {
  name: 'compactGradient',
  inputs: ['x', 'hidden', 'rows', 'parameters'],
  uniforms: {
    batch: 'i32',
    depth: 'i32',
    columns: 'i32',
    hiddenWeight: 'i32',
    hiddenBias: 'i32',
    outWeight: 'i32',
    outBias: 'i32',
  },
  workgroupSize: [WORKGROUP, 1, 1],
  code: `
    fn main(index : i32) {
      // A thread makes four neighbouring columns of one row of the gradient; neighbouring threads
      // read neighbouring inputs. Rows: those of W, then b, then w.
      let across = i32(workgroupId.x) * ${WORKGROUP} + i32(localIndex);
      let column = 4 * i32(workgroupId.y);
      let depth = uniforms.depth;
      let columns = uniforms.columns;
      if (across > depth + 1) { return; }
      var sum = vec4<f32>(0.0);
      var slopes = 0.0;
      for (var b = 0; b < uniforms.batch; b = b + 1) {
        let slope = rows[3 * b + 2];
        var units = vec4<f32>(0.0);
        var through = vec4<f32>(0.0);
        for (var part = 0; part < 4; part = part + 1) {
          if (column + part >= columns) { break; }
          let weight = parameters[uniforms.outWeight + column + part];
          units[part] = hidden[b * columns + column + part];
          through[part] = select(0.0, slope * weight, units[part] > 0.0);
        }
        if (across < depth) {
          sum = sum + x[b * depth + across] * through;
        } else if (across == depth) {
          sum = sum + through;
        } else {
          sum = sum + slope * units;
          slopes = slopes + slope;
        }
      }
      var first = uniforms.hiddenWeight + across * columns;
      if (across == depth) { first = uniforms.hiddenBias; }
      if (across == depth + 1) { first = uniforms.outWeight; }
      for (var part = 0; part < 4; part = part + 1) {
        if (column + part < columns) { result[first + column + part] = sum[part]; }
      }
      if (across == depth + 1 && column == 0) { result[uniforms.outBias] = slopes; }
    }`,
};

/** Where the arrays of a compact head start among its parameters, in floats. */
export interface CompactOffsets {
  /** W [depth, columns] */
  readonly hiddenWeight: number;
  /** b [columns] */
  readonly hiddenBias: number;
  /** w [columns] */
  readonly outWeight: number;
  /** The last bias, one number. */
  readonly outBias: number;
}

/**
 * The gradient of the compact head, laid out as its parameters, in one dispatch. Each number is
 * summed by one thread, picture after picture: the same bits every time.
 * @param hidden [n, columns], after the ReLU
 * @param rows [n, 3]: of each picture, last, the loss's slope with respect to the head's output
 * @param parameters of the head, in one piece; more may follow
 * @param offsets of the parameters, which the gradient has too: together they fill
 * (depth + 2)·columns + 1 floats
 */
export function compactGradientOnGpu(
  x: Tensor2D,
  hidden: Tensor2D,
  rows: Tensor2D,
  parameters: Tensor1D,
  offsets: CompactOffsets,
): Tensor1D {
  const [batch, depth] = x.shape;
  const columns = hidden.shape[1];
  return runKernel(
    compactGradient,
    [x, hidden, rows, parameters],
    [Math.ceil((depth + 2) / WORKGROUP), Math.ceil(columns / 4), 1],
    { batch, depth, columns, ...offsets },
    [(depth + 2) * columns + 1],
  ) as Tensor1D;
}
