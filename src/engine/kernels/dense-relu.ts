import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { runKernel, type GpuKernel } from './gpu-kernel';

/**
 * Rows and columns of the result that one workgroup makes: 2 rows of 4 columns for each of its
 * 8 × 8 threads.
 */
const [ROWS, COLUMNS] = [16, 32];
/** Elements of the summed side that lie in the workgroup's memory at a time. */
const DEPTH = 32;

const denseRelu: GpuKernel = {
  name: 'denseRelu',
  inputs: ['x', 'parameters'],
  uniforms: { rows: 'i32', depth: 'i32', columns: 'i32', weight: 'i32', bias: 'i32' },
  workgroupSize: [8, 8, 1],
  code: `
    var<workgroup> xTile : array<f32, ${ROWS * DEPTH}>;
    var<workgroup> wTile : array<vec4<f32>, ${(DEPTH * COLUMNS) / 4}>;

    fn weightAt(row : i32, column : i32) -> f32 {
      if (row >= uniforms.depth || column >= uniforms.columns) { return 0.0; }
      return parameters[uniforms.weight + row * uniforms.columns + column];
    }

    fn main(index : i32) {
      let firstRow = i32(workgroupId.y) * ${ROWS};
      let firstColumn = i32(workgroupId.x) * ${COLUMNS};
      let row = i32(localId.y) * 2;
      let column = i32(localId.x);
      var upper = vec4<f32>(0.0);
      var lower = vec4<f32>(0.0);
      for (var start = 0; start < uniforms.depth; start = start + ${DEPTH}) {
        for (var at = i32(localIndex); at < ${ROWS * DEPTH}; at = at + 64) {
          let fromRow = firstRow + at / ${DEPTH};
          let k = start + at % ${DEPTH};
          var value = 0.0;
          if (fromRow < uniforms.rows && k < uniforms.depth) {
            value = x[fromRow * uniforms.depth + k];
          }
          xTile[at] = value;
        }
        for (var at = i32(localIndex); at < ${(DEPTH * COLUMNS) / 4}; at = at + 64) {
          let k = start + at / ${COLUMNS / 4};
          let fromColumn = firstColumn + 4 * (at % ${COLUMNS / 4});
          wTile[at] = vec4<f32>(
            weightAt(k, fromColumn),
            weightAt(k, fromColumn + 1),
            weightAt(k, fromColumn + 2),
            weightAt(k, fromColumn + 3),
          );
        }
        workgroupBarrier();
        for (var k = 0; k < ${DEPTH}; k = k + 1) {
          let w = wTile[k * ${COLUMNS / 4} + column];
          upper = upper + xTile[row * ${DEPTH} + k] * w;
          lower = lower + xTile[(row + 1) * ${DEPTH} + k] * w;
        }
        workgroupBarrier();
      }
      for (var part = 0; part < 4; part = part + 1) {
        let to = firstColumn + 4 * column + part;
        if (to >= uniforms.columns) { continue; }
        let toRow = firstRow + row;
        let bias = parameters[uniforms.bias + to];
        if (toRow < uniforms.rows) {
          result[toRow * uniforms.columns + to] = max(0.0, upper[part] + bias);
        }
        if (toRow + 1 < uniforms.rows) {
          result[(toRow + 1) * uniforms.columns + to] = max(0.0, lower[part] + bias);
        }
      }
    }`,
};

/** Where a dense layer lies among a head's parameters. */
export interface DenseLayer {
  /** First float of W [depth, columns]. */
  readonly weight: number;
  /** First float of b [columns]. */
  readonly bias: number;
  readonly columns: number;
}

/** relu(xW + b) on the GPU in one dispatch: [n, depth] to [n, columns]. */
export function denseReluOnGpu(
  x: Tensor2D,
  parameters: Tensor1D,
  { weight, bias, columns }: DenseLayer,
): Tensor2D {
  const [rows, depth] = x.shape;
  return runKernel(
    denseRelu,
    [x, parameters],
    [Math.ceil(columns / COLUMNS), Math.ceil(rows / ROWS), 1],
    { rows, depth, columns, weight, bias },
    [rows, columns],
  ) as Tensor2D;
}
