import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNodeWasm } from '../../cli/node/node-backend';
import { assignParts, toVariable } from './variables';

const values = Float32Array.from({ length: 15 }, (_, i) => i + 0.5);
async function* partsOf(...ends: number[]): AsyncGenerator<Float32Array> {
  for (const [at, end] of ends.entries()) yield values.slice(ends[at - 1] ?? 0, end);
}

describe.each(['wasm', 'cpu'])('an array that is assigned in parts, on %s', (backend) => {
  beforeAll(async () => {
    await startNodeWasm();
    await tf.setBackend(backend);
  });
  afterAll(() => tf.setBackend('wasm'));

  it('has them in their order, and makes one array of its size at most', async () => {
    const variable = toVariable('rows', new Float32Array(15), [5, 3]);
    const before = tf.clone(variable);
    const start = tf.memory();
    const { peakBytes } = await tf.profile(async () => {
      await assignParts(variable, partsOf(6, 12, 15));
      return [];
    });
    // Parts that are put together lie there twice.
    expect(peakBytes - start.numBytes).toBe(60);
    expect(tf.memory()).toMatchObject({
      numTensors: start.numTensors,
      numBytes: start.numBytes,
    });
    expect(await variable.data()).toEqual(values);
    expect(await before.data()).toEqual(new Float32Array(15));
    await assignParts(variable, partsOf(15));
    expect(await variable.data()).toEqual(values);
    tf.dispose([variable, before]);
  });

  it('keeps its values where there are fewer or more', async () => {
    const variable = toVariable('rows', values, [5, 3]);
    const { numTensors } = tf.memory();
    await expect(assignParts(variable, partsOf(6, 12))).rejects.toThrow('got 12 of 15 values');
    await expect(assignParts(variable, partsOf(12, 15, 12, 15))).rejects.toThrow(
      'of a tensor of 15',
    );
    expect(await variable.data()).toEqual(values);
    expect(tf.memory().numTensors).toBe(numTensors);
    variable.dispose();
  });
});
