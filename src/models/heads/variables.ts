import type { Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { writeValues } from '../../engine/kernels/write-values';
import type { SeededRandom } from '../../core/seeded-random';

/**
 * Weight [fanIn, fanOut] and bias [fanOut] drawn as PyTorch's Linear does: uniform in ±1/√fanIn.
 */
export function linearParameters(
  name: string,
  fanIn: number,
  fanOut: number,
  random: SeededRandom,
): [string, Variable][] {
  return [
    [`${name}.weight`, uniformVariable(`${name}.weight`, [fanIn, fanOut], fanIn, random)],
    [`${name}.bias`, uniformVariable(`${name}.bias`, [fanOut], fanIn, random)],
  ];
}

/** A trainable array drawn uniformly from ±1/√fanIn. */
export function uniformVariable(
  name: string,
  shape: number[],
  fanIn: number,
  random: SeededRandom,
): Variable {
  const bound = 1 / Math.sqrt(fanIn);
  const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
  for (let i = 0; i < values.length; i++) values[i] = (2 * random.next() - 1) * bound;
  return toVariable(name, values, shape);
}

/** A variable holding `values`, which callers must not write to afterwards. */
export function toVariable(
  name: string,
  values: Float32Array,
  shape: number[],
  trainable = true,
): Variable {
  const initial = tf.tensor(values, shape, 'float32');
  const variable = tf.variable(initial, trainable, `${name}#${variableCount++}`);
  initial.dispose();
  return variable;
}

/** Assigns a copy of `values` to a variable. */
export function assignValues(variable: Variable, values: Float32Array): void {
  const value = tf.tensor(values.slice(), variable.shape, 'float32');
  variable.assign(value);
  // The variable now holds the data; without this the tensor around it would never be freed.
  value.dispose();
}

/**
 * Assigns values that come in parts, in order. Each is written into its place on the device: one of
 * them at a time is in the memory of the program, and one array of the variable's size is made.
 * @throws Error if there are fewer or more values than the variable has
 */
export async function assignParts(
  variable: Variable,
  parts: AsyncIterable<Float32Array>,
): Promise<void> {
  let whole: tf.Tensor | null = null;
  let count = 0;
  try {
    for await (const values of parts) {
      if (values.length === variable.size) return assignValues(variable, values);
      whole ??= tf.fill(variable.shape, 0);
      writeValues(whole, values, count);
      count += values.length;
    }
    if (!whole || count < variable.size)
      throw new Error(`${variable.name} got ${count} of ${variable.size} values`);
    variable.assign(whole);
  } finally {
    whole?.dispose();
  }
}

/** Makes names unique, as tfjs requires for the life of the page. */
let variableCount = 0;

/** Frees every array of a head. */
export function disposeAll(...groups: ReadonlyMap<string, Variable>[]): void {
  for (const group of groups) for (const variable of group.values()) variable.dispose();
}
