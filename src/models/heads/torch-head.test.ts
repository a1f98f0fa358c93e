import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNodeWasm } from '../../cli/node/node-backend';
import { seededRandom } from '../../core/seeded-random';
import { type ConfidenceHead, headNames } from './confidence-head';
import { assignValues } from './variables';
import { createHead, parameterCount } from './create-head';
import { partsOf, publishedArrays, recogniseHead, toPublished, toStudio } from './torch-head';

const FULL = [7, 7, 512] as const;
const small = { convShape: [7, 7, 4], embeddingDim: 16, initialLogKappa: null } as const;

const normals = (count: number, seed: number) => {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => random.normal());
};

/**
 * A head's arrays in PyTorch's layout as plain lists, put together from the studio's blocks.
 */
function published(head: ConfidenceHead): Map<string, Float32Array> {
  const held = new Map([...head.parameters, ...head.buffers]);
  return new Map(
    publishedArrays(head.name, head.convShape)
      .filter(({ kind }) => kind !== 'counter')
      .map((array) => {
        const rowSize = array.shape.slice(1).reduce((product, side) => product * side, 1);
        const values = new Float32Array(array.shape[0]! * rowSize);
        for (const { studioName, from, rows } of partsOf(array, held)) {
          toPublished(
            held.get(studioName)!.dataSync() as Float32Array,
            array.window,
            values.subarray(from * rowSize, (from + rows) * rowSize),
          );
        }
        return [array.name, values];
      }),
  );
}

/** torch.nn.functional.linear in float64. */
const linear = (x: readonly number[], weight: Float32Array, bias: Float32Array) =>
  Array.from(bias, (start, out) =>
    x.reduce((sum, value, i) => sum + value * weight[out * x.length + i]!, start),
  );
const relu = (x: readonly number[]) => x.map((value) => Math.max(0, value));

/** Flattened [h, w, c] to flattened [c, h, w], the order of the published code. */
const channelsFirst = (row: ArrayLike<number>, places: number, channels: number) =>
  Array.from(
    { length: places * channels },
    (_, i) => row[(i % places) * channels + Math.floor(i / places)]!,
  );

beforeAll(async () => void (await startNodeWasm()));

describe('the published arrays of a head', () => {
  it('are the published names and shapes, in the order of the module', () => {
    const namesOf = (name: (typeof headNames)[number]) =>
      publishedArrays(name, FULL).map((array) => [array.name, ...array.shape]);
    expect(namesOf('reference')).toEqual([
      ['_log_kappa.0.weight', 12544, 25088],
      ['_log_kappa.0.bias', 12544],
      ['_log_kappa.2.weight', 6272, 12544],
      ['_log_kappa.2.bias', 6272],
      ['_log_kappa.4.weight', 1, 6272],
      ['_log_kappa.4.bias', 1],
    ]);
    expect(namesOf('tface-conv').map(([name]) => name)).toEqual([
      'conv_.0.weight',
      'conv_.2.weight',
      'conv_.3.weight',
      'conv_.3.bias',
      'conv_.3.running_mean',
      'conv_.3.running_var',
      'conv_.3.num_batches_tracked',
      'conv_.5.weight',
      'conv_.6.weight',
      'conv_.6.bias',
      'conv_.6.running_mean',
      'conv_.6.running_var',
      'conv_.6.num_batches_tracked',
      '_log_kappa.0.weight',
      '_log_kappa.0.bias',
      '_log_kappa.2.weight',
      '_log_kappa.2.bias',
      '_log_kappa.4.weight',
      '_log_kappa.4.bias',
    ]);
    expect(namesOf('tface-conv')[0]).toEqual(['conv_.0.weight', 512, 512, 3, 3]);
    expect(namesOf('compact')).toEqual([
      ['hidden.weight', 128, 1025],
      ['hidden.bias', 128],
      ['out.weight', 1, 128],
      ['out.bias', 1],
    ]);
  });

  it.each(headNames)(
    'are all of its parameters, and differ from those of other heads: %s',
    (name) => {
      const arrays = publishedArrays(name, FULL);
      const sizes = arrays
        .filter(({ kind }) => kind === 'parameter')
        .map(({ shape }) => shape.reduce((product, side) => product * side, 1));
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(parameterCount(name, FULL));
      expect(recogniseHead(new Set(arrays.map((array) => array.name)))).toBe(name);
      expect(recogniseHead(new Set(['conv1.weight']))).toBeNull();
    },
  );

  // With blocks of 2 KiB the reference head's first layer is split.
  it.each(headNames)(
    'hold every variable of the head, block by block, there and back: %s',
    (name) => {
      const head = createHead(name, small, 3, 2 ** 11);
      // The published layout has no input statistics: its first layer absorbs them.
      const own = [...head.buffers].filter(([each]) => !head.standardisation.variables.has(each));
      const held = new Map([...head.parameters, ...own]);
      const arrays = publishedArrays(name, small.convShape).filter(
        ({ kind }) => kind !== 'counter',
      );
      expect(
        arrays.flatMap((array) => partsOf(array, held).map(({ studioName }) => studioName)).sort(),
      ).toEqual([...held.keys()].sort());
      if (name === 'reference') expect(held.size).toBeGreaterThan(20);
      for (const array of arrays) {
        const parts = partsOf(array, held);
        expect(
          parts.reduce((sum, { rows }) => sum + rows, 0),
          array.name,
        ).toBe(array.shape[0]);
        for (const { studioName } of parts) {
          const values = normals(held.get(studioName)!.size, 4);
          const there = new Float32Array(values.length);
          toPublished(values, array.window, there);
          expect(toStudio(there, array.window), studioName).toEqual(values);
        }
      }
      head.dispose();
    },
  );

  it('of the reference head give its log kappa on the feature flattened channels first', () => {
    const head = createHead('reference', small, 3, 2 ** 11);
    [...head.parameters.values()].forEach((parameter, i) =>
      assignValues(
        parameter,
        normals(parameter.size, 50 + i).map((value) => 0.2 * value),
      ),
    );
    const arrays = published(head);
    const rows = normals(3 * 196, 4);
    const found = tf.tidy(() => [
      ...head
        .logConcentration(tf.tensor2d(rows, [3, 196]), tf.ones([3]) as tf.Tensor1D, false)
        .dataSync(),
    ]);
    const plain = [0, 1, 2].map((row) => {
      let x = channelsFirst(rows.subarray(196 * row, 196 * row + 196), 49, 4);
      for (const layer of [0, 2, 4])
        x = linear(
          layer > 0 ? relu(x) : x,
          arrays.get(`_log_kappa.${layer}.weight`)!,
          arrays.get(`_log_kappa.${layer}.bias`)!,
        );
      return Math.log(1e-6 + Math.exp(x[0]!));
    });
    found.forEach((value, row) =>
      expect(Math.abs(value - plain[row]!), `row ${row}`).toBeLessThan(1e-4),
    );
    expect(Math.max(...plain) - Math.min(...plain)).toBeGreaterThan(0.1);
    head.dispose();
  });

  it('of a convolution are [out, in, h, w]', () => {
    const [array] = publishedArrays('tface-conv', [7, 7, 4]);
    // Studio rows run dy, dx, channel; columns are outputs: [3, 3, 4, 4].
    const studio = Float32Array.from({ length: 144 }, (_, i) => i);
    const there = new Float32Array(144);
    toPublished(studio, array!.window, there);
    for (const [out, channel, dy, dx] of [
      [0, 0, 0, 1],
      [2, 3, 1, 0],
      [3, 1, 2, 2],
    ] as const) {
      expect(there[((out * 4 + channel) * 3 + dy) * 3 + dx]).toBe(
        studio[((3 * dy + dx) * 4 + channel) * 4 + out],
      );
    }
  });
});
