import { describe, expect, it } from 'vitest';
import { PlainAdam } from '../../../test/fixtures/plain-adam';
import { seededRandom } from '../../core/seeded-random';
import { denseKernels } from './dense-wasm';

const shapes = [
  { rows: 4, depth: 4, columns: 8 },
  { rows: 12, depth: 68, columns: 24 },
  { rows: 64, depth: 1028, columns: 128 },
] as const;

/** Arrays one after the other in a memory, drawn at random, with their addresses. */
function memoryOf(sizes: readonly number[]) {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * total) / 65536) });
  const random = seededRandom(17);
  let offset = 0;
  const arrays = sizes.map((size) => {
    const view = new Float32Array(memory.buffer, 4 * offset, size).map(() => random.normal());
    new Float32Array(memory.buffer, 4 * offset, size).set(view);
    const address = 4 * offset;
    offset += size;
    return { address, at: () => new Float32Array(memory.buffer, address, size) };
  });
  return { memory, arrays };
}

function expectNear(found: Float32Array, expected: Float64Array): void {
  const size = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expected.forEach((value, i) => expect(Math.abs(found[i]! - value) / size).toBeLessThan(2e-6));
}

describe('the kernels of a dense layer in WebAssembly, against float64', () => {
  it.each(shapes)(
    'relu(xW + b) and its gradient: $rows × $depth × $columns',
    ({ rows, depth, columns }) => {
      const { memory, arrays } = memoryOf([
        rows * depth,
        depth * columns,
        columns,
        rows * columns,
        depth * columns,
      ]);
      const [x, w, b, out, gradient] = arrays as [
        (typeof arrays)[0],
        (typeof arrays)[0],
        (typeof arrays)[0],
        (typeof arrays)[0],
        (typeof arrays)[0],
      ];
      const kernels = denseKernels(memory, depth, columns);
      const d = out.at().slice();
      const expectedGradient = new Float64Array(depth * columns);
      const expected = new Float64Array(rows * columns);
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          let sum = b.at()[column]!;
          for (let k = 0; k < depth; k++) {
            sum += x.at()[row * depth + k]! * w.at()[k * columns + column]!;
            expectedGradient[k * columns + column]! +=
              x.at()[row * depth + k]! * d[row * columns + column]!;
          }
          expected[row * columns + column] = Math.max(0, sum);
        }
      }
      kernels.weightGradient(x.address, out.address, gradient.address, rows);
      expectNear(gradient.at(), expectedGradient);
      kernels.denseRelu(x.address, w.address, b.address, out.address, rows);
      expectNear(out.at(), expected);
    },
  );

  it.each([
    { weightDecay: 0, maxGradClip: 0 },
    { weightDecay: 0.1, maxGradClip: 0.5 },
  ])('Adam in place: decay $weightDecay, clip $maxGradClip', ({ weightDecay, maxGradClip }) => {
    const size = 132;
    const { memory, arrays } = memoryOf([size, size, size, size]);
    const [p, m, v, g] = arrays as [
      (typeof arrays)[0],
      (typeof arrays)[0],
      (typeof arrays)[0],
      (typeof arrays)[0],
    ];
    m.at().fill(0);
    v.at().fill(0);
    const plain = Float64Array.from(p.at());
    const twin = new PlainAdam([plain]);
    const random = seededRandom(23);
    for (let step = 1; step <= 5; step++) {
      g.at().set(Float32Array.from({ length: size }, () => random.normal()));
      twin.step([g.at()], { learningRate: 0.01, weightDecay, maxGradClip, maxGradNorm: 0 });
      const [c1, c2] = [1 - 0.9 ** step, Math.sqrt(1 - 0.999 ** step)];
      denseKernels(memory, 4, 8).adam(
        p.address,
        m.address,
        v.address,
        g.address,
        4 * size,
        maxGradClip || 3e38,
        1,
        weightDecay,
        0.9,
        0.999,
        0.01 * (c2 / c1),
        1e-8 * c2,
      );
    }
    expectNear(p.at(), plain);
  });
});
