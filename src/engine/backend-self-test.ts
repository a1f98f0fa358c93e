import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** One comparison with plain numbers. */
export interface SelfTestCheck {
  readonly name: string;
  readonly maxError: number;
  readonly tolerance: number;
}

/** Whether a backend computes correctly. */
export interface SelfTestResult {
  readonly passed: boolean;
  readonly checks: readonly SelfTestCheck[];
  readonly milliseconds: number;
}

/** Small numbers without a pattern that a broken kernel could produce by chance. */
const sample = (size: number, phase: number) =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + phase) * 0.8);

/**
 * Compares a convolution, a dense forward pass, its gradient and an Adam-like update on the current
 * backend with the same in plain TypeScript: some drivers pass every feature test and return zeros.
 */
export async function selfTest(): Promise<SelfTestResult> {
  const startedAt = performance.now();
  const [x, w, y] = [sample(4 * 5, 0.1), sample(5 * 3, 0.7), sample(4 * 3, 1.3)];
  const picture = sample(6 * 6 * 2, 0.4);
  const filter = sample(3 * 3 * 2 * 4, 0.9);

  const output = tf.tidy(() => {
    const [input, weight, target] = [
      tf.tensor2d(x, [4, 5]),
      tf.tensor2d(w, [5, 3]),
      tf.tensor2d(y, [4, 3]),
    ];
    const objective = (variable: Tensor) =>
      tf.sum(tf.square(tf.sub(tf.relu(tf.matMul(input, variable as Tensor2D)), target)));
    const gradient = tf.grad(objective)(weight);
    const moment = tf.sqrt(tf.add(tf.mul(tf.square(gradient), 0.001), 1e-12));
    const updated = tf.sub(weight, tf.div(tf.mul(gradient, 0.01), tf.add(moment, 1e-8)));
    const convolved = tf.conv2d(
      tf.tensor4d(picture, [1, 6, 6, 2]),
      tf.tensor4d(filter, [3, 3, 2, 4]),
      1,
      'valid',
    ) as Tensor4D;
    return { forward: objective(weight), gradient, updated, convolved };
  });
  const found = Object.fromEntries(
    await Promise.all(
      Object.entries(output).map(
        async ([name, tensor]) => [name, (await tensor.data()) as Float32Array] as const,
      ),
    ),
  );
  tf.dispose(output);

  const expected = plainTwin(x, w, y, picture, filter);
  const checks = Object.entries(expected).map(([name, values]) => ({
    name,
    maxError: maxDifference(found[name]!, values),
    tolerance: 1e-4,
  }));
  return {
    passed: checks.every(({ maxError, tolerance }) => maxError <= tolerance),
    checks,
    milliseconds: performance.now() - startedAt,
  };
}

/** The largest absolute difference; infinite if a number is missing or not finite. */
function maxDifference(found: Float32Array, expected: readonly number[]): number {
  return expected.reduce((worst, value, i) => {
    const difference = Math.abs(value - (found[i] ?? NaN));
    return Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
  }, 0);
}

/** The same computations in plain TypeScript. */
function plainTwin(
  x: Float32Array,
  w: Float32Array,
  y: Float32Array,
  picture: Float32Array,
  filter: Float32Array,
): Record<string, number[]> {
  const gradient = new Array<number>(15).fill(0);
  let forward = 0;
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 3; column++) {
      let sum = 0;
      for (let k = 0; k < 5; k++) sum += x[row * 5 + k]! * w[k * 3 + column]!;
      const difference = Math.max(0, sum) - y[row * 3 + column]!;
      forward += difference * difference;
      if (sum > 0)
        for (let k = 0; k < 5; k++) gradient[k * 3 + column]! += 2 * difference * x[row * 5 + k]!;
    }
  }
  const updated = gradient.map(
    (g, i) => w[i]! - (0.01 * g) / (Math.sqrt(0.001 * g * g + 1e-12) + 1e-8),
  );
  const convolved: number[] = [];
  for (let top = 0; top < 4; top++) {
    for (let left = 0; left < 4; left++) {
      for (let out = 0; out < 4; out++) {
        let sum = 0;
        for (let i = 0; i < 18; i++) {
          const [dy, dx, channel] = [Math.floor(i / 6), Math.floor(i / 2) % 3, i % 2];
          sum += picture[((top + dy) * 6 + left + dx) * 2 + channel]! * filter[i * 4 + out]!;
        }
        convolved.push(sum);
      }
    }
  }
  return { forward: [forward], gradient, updated, convolved };
}
