import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { runKernel, type GpuKernel } from './gpu-kernel';

/**
 * Rows and columns of the result that one workgroup makes: each of its 8 × 8 threads 2 rows of 4
 * columns.
 */
const [ROWS, COLUMNS] = [16, 32];
/** Of the summed side, what lies in the workgroup's memory at once. */
const DEPTH = 32;

const denseRelu: GpuKernel = {
  name: 'denseRelu',
  inputs: ['x', 'weights'],
  uniforms: { rows: 'i32', depth: 'i32', columns: 'i32' },
  workgroupSize: [8, 8, 1],
  code: `
    var<workgroup> xTile : array<f32, ${ROWS * DEPTH}>;
    var<workgroup> wTile : array<vec4<f32>, ${(DEPTH * COLUMNS) / 4}>;

    fn weightAt(row : i32, column : i32) -> f32 {
      if (row >= uniforms.depth || column >= uniforms.columns) { return 0.0; }
      return weights[row * uniforms.columns + column];
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
          if (fromRow < uniforms.rows && k < uniforms.depth) { value = x[fromRow * uniforms.depth + k]; }
          xTile[at] = value;
        }
        for (var at = i32(localIndex); at < ${(DEPTH * COLUMNS) / 4}; at = at + 64) {
          let k = start + at / ${COLUMNS / 4};
          let fromColumn = firstColumn + 4 * (at % ${COLUMNS / 4});
          wTile[at] = vec4<f32>(weightAt(k, fromColumn), weightAt(k, fromColumn + 1), weightAt(k, fromColumn + 2), weightAt(k, fromColumn + 3));
        }
        workgroupBarrier();
        for (var k = 0; k < ${DEPTH}; k = k + 1) {
          let w = wTile[k * ${COLUMNS / 4} + column];
          upper = upper + xTile[row * ${DEPTH} + k] * w;
          lower = lower + xTile[(row + 1) * ${DEPTH} + k] * w;
        }
        workgroupBarrier();
      }
      let bias = uniforms.depth * uniforms.columns;
      for (var part = 0; part < 4; part = part + 1) {
        let to = firstColumn + 4 * column + part;
        if (to >= uniforms.columns) { continue; }
        let toRow = firstRow + row;
        if (toRow < uniforms.rows) { result[toRow * uniforms.columns + to] = max(0.0, upper[part] + weights[bias + to]); }
        if (toRow + 1 < uniforms.rows) { result[(toRow + 1) * uniforms.columns + to] = max(0.0, lower[part] + weights[bias + to]); }
      }
    }`,
};

/**
 * relu(xW + b) on the GPU in one dispatch: [n, depth] to [n, columns].
 * @param weights W [depth, columns] and b [columns] one after the other; what follows isn't looked
 * at
 */
export function denseReluOnGpu(x: Tensor2D, weights: Tensor1D, columns: number): Tensor2D {
  const [rows, depth] = x.shape;
  const groups = [Math.ceil(columns / COLUMNS), Math.ceil(rows / ROWS), 1] as const;
  return runKernel(denseRelu, [x, weights], groups, { rows, depth, columns }, [
    rows,
    columns,
  ]) as Tensor2D;
}
