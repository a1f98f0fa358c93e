import type { Scalar, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNodeWasm } from '../../cli/node/node-backend';
import { CROP_BYTES, packBatch } from '../../faces/decode/packed-batch';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import {
  readSafetensors,
  writeSafetensors,
  type NamedArray,
} from '../../formats/safetensors/safetensors';
import { seededRandom } from '../../core/seeded-random';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import { assignValues } from '../heads/variables';
import {
  encodeSmallBackbone,
  isSmallBackbone,
  openSmallBackbone,
  SmallBackbone,
  type SmallBackboneOptions,
} from './small-backbone';
import { smallArrays, SmallNetwork, type SmallShape } from './small-network';

beforeAll(startNodeWasm);

const tiny: SmallShape = { embeddingDim: 6, channels: [3, 4, 5] };

const crops = (count: number, seed: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () =>
    Uint8Array.from({ length: CROP_BYTES }, () => random.int(256)),
  );
};

function pixels(count: number, seed: number): Tensor4D {
  const random = seededRandom(seed);
  return tf.tensor4d(
    Float32Array.from({ length: count * CROP_BYTES }, () => random.normal()),
    [count, 112, 112, 3],
  );
}

/** A network without arrays at special values: BatchNorm starts at 1 and 0. */
function stirred(seed = 1): SmallNetwork {
  const network = new SmallNetwork(tiny, seed);
  const random = seededRandom(seed, 2);
  for (const [name, variable] of [...network.parameters, ...network.buffers]) {
    if (!/norm|slope/.test(name)) continue;
    assignValues(
      variable,
      Float32Array.from(variable.dataSync(), (value) =>
        name.endsWith('runningVariance')
          ? value * (0.5 + random.next())
          : value + 0.2 * random.normal(),
      ),
    );
  }
  return network;
}

const opened = (bytes: Uint8Array, name = 'small.safetensors'): Promise<TensorFile> =>
  openTensorFile(new BlobByteSource(name, new Blob([bytes as Uint8Array<ArrayBuffer>])));

async function outputOf(backbone: SmallBackbone) {
  const output = backbone.run(packBatch(crops(2, 5), 3, [false, true]));
  const [embedding, convFeature] = [await output.embedding.data(), await output.convFeature.data()];
  tf.dispose([output.embedding, output.convFeature]);
  return { embedding, convFeature };
}

describe('the small network', () => {
  it('has the arrays that it lists, and the same weights for the same seed', () => {
    const network = new SmallNetwork({ embeddingDim: 128, channels: [16, 32, 128] }, 1);
    const said = smallArrays(network.shape);
    expect(
      [...network.parameters, ...network.buffers].map(([name, { shape }]) => [name, shape]).sort(),
    ).toEqual(said.map(({ name, shape }) => [name, shape]).sort());
    expect(network.parameterCount).toBe(363_344);
    const [same, other] = [1, 2].map((seed) => new SmallNetwork(network.shape, seed)) as [
      SmallNetwork,
      SmallNetwork,
    ];
    const stem = (each: SmallNetwork) => each.parameters.get('stem.weight')!.dataSync();
    expect(stem(same)).toEqual(stem(network));
    expect(stem(other)).not.toEqual(stem(network));
    for (const each of [network, same, other]) each.dispose();
  });

  it.each(['wasm', 'cpu'])(
    'has the gradients of its loss, along a direction in every array: %s',
    async (backend) => {
      await tf.setBackend(backend);
      const [network, input] = [stirred(), pixels(3, 4)];
      const random = seededRandom(6);
      const weights = tf.tensor2d(
        Float32Array.from({ length: 18 }, () => random.normal()),
        [3, 6],
      );
      const lossOf = () =>
        tf.sum(tf.mul(network.forward(input, true).embedding, weights)) as Scalar;
      const { grads, value } = tf.variableGrads(lossOf, [...network.parameters.values()]);
      for (const [name, parameter] of network.parameters) {
        const values = parameter.dataSync().slice();
        const slopes = grads[parameter.name]!.dataSync();
        // Along the gradient itself, where the change is largest against float32's rounding.
        const length = Math.hypot(...slopes);
        if (name === 'pool.norm.bias') {
          // It shifts all pictures alike, which the last BatchNorm undoes.
          expect(length).toBeLessThan(1e-5);
          continue;
        }
        expect(length, name).toBeGreaterThan(0.01);
        const step = Math.min(2e-3, 0.02 / length);
        const lossAt = (moved: number) => {
          assignValues(
            parameter,
            Float32Array.from(values, (each, at) => each + (moved * slopes[at]!) / length),
          );
          return tf.tidy(() => lossOf().dataSync()[0]!);
        };
        const numeric = (lossAt(step) - lossAt(-step)) / (2 * step);
        assignValues(parameter, values as Float32Array);
        expect(
          Math.abs(numeric - length) / length,
          `${name}: ${length} for ${numeric}`,
        ).toBeLessThan(0.05);
      }
      tf.dispose([grads, value, weights, input]);
      network.dispose();
      await tf.setBackend('wasm');
    },
  );

  it("gives the same frozen as in training if the running statistics are the batch's own", () => {
    const [network, input] = [stirred(), pixels(4, 7)];
    // Each pass moves them a tenth of the way, so that they converge to the batch's own.
    for (let i = 0; i < 250; i++) tf.tidy(() => network.forward(input, true).embedding);
    const places: readonly [RegExp, number][] = [
      [/^stem/, 28 * 28],
      [/^stage2/, 14 * 14],
      [/^stage3/, 7 * 7],
      [/^(pool|embedding)/, 1],
    ];
    for (const [name, variance] of network.buffers) {
      if (!name.endsWith('runningVariance')) continue;
      const count = 4 * places.find(([start]) => start.test(name))![1];
      // Running variances are unbiased, those of a batch are not.
      assignValues(
        variance,
        Float32Array.from(variance.dataSync(), (value) => (value * (count - 1)) / count),
      );
    }
    const [frozen, trained] = [false, true].map((training) =>
      tf.tidy(() => network.forward(input, training).embedding.dataSync()),
    ) as [Float32Array, Float32Array];
    const size = Math.max(...trained.map(Math.abs));
    frozen.forEach((value, at) => expect(Math.abs(value - trained[at]!) / size).toBeLessThan(1e-3));
    input.dispose();
    network.dispose();
  });
});

describe('a small backbone', () => {
  it('is the same after saving and loading', async () => {
    const backbone = await SmallBackbone.of(stirred(), 'mine');
    const bytes = await encodeSmallBackbone(backbone.network, { note: 'a lesson' });
    const file = await opened(bytes);
    expect(isSmallBackbone(file)).toBe(true);
    expect(file.metadata).toMatchObject({
      note: 'a lesson',
      format: 'scf-studio-small-backbone-1',
    });
    const seen: [number, number][] = [];
    const loaded = await openSmallBackbone(file, {
      onProgress: (done, total) => seen.push([done, total]),
    });
    expect(await outputOf(loaded)).toEqual(await outputOf(backbone));
    expect([loaded.hash, loaded.name, loaded.embeddingDim, loaded.convShape]).toEqual([
      backbone.hash,
      'small.safetensors',
      6,
      [7, 7, 5],
    ]);
    expect(loaded.description.outline).toEqual(backbone.description.outline);
    expect(loaded.description.outline).toMatchObject({ tapStage: 2 });
    expect(loaded.description).toMatchObject({
      layout: 'Small network of a lesson',
      parameters: loaded.network.parameterCount,
      convFeatureName: 'stage3',
      inputOrigin: { kind: 'file', by: 'the lesson that trained it' },
    });
    expect(seen.at(-1)).toEqual([seen.length, seen.length]);
    const [otherwise, other] = [
      await openSmallBackbone(file, {
        input: { order: 'BGR', mean: 127.5, scale: 1 / 128 },
        name: 'yours',
      }),
      await SmallBackbone.of(stirred(2), 'mine'),
    ];
    expect(new Set([backbone.hash, otherwise.hash, other.hash]).size).toBe(3);
    expect([otherwise.name, otherwise.input.order]).toEqual(['yours', 'BGR']);
    for (const each of [backbone, loaded, otherwise, other]) each.dispose();
  });

  it('gives a picture the same embedding in any batch, and mirrors it on request', async () => {
    const backbone = await SmallBackbone.of(stirred(), 'mine');
    const [one, two] = crops(2, 8) as [Uint8Array, Uint8Array];
    const embed = (given: Uint8Array[], size: number, flips: boolean[] = []) =>
      tf.tidy(() => backbone.run(packBatch(given, size, flips)).embedding.arraySync());
    const alone = embed([two], 1)[0]!;
    embed([one, two], 5)[1]!.forEach((value, at) => expect(value).toBeCloseTo(alone[at]!, 5));
    expect(embed([two], 1, [true])[0]).not.toEqual(alone);
    backbone.dispose();
  });

  type Change = (arrays: Map<string, NamedArray>, metadata: Record<string, string>) => void;
  const setTo =
    (name: string, at: number, value: number): Change =>
    (arrays) =>
      void (arrays.get(name)!.data[at] = value);
  it.each<[string, Change, string]>([
    [
      'another format',
      (_, metadata) => void (metadata.format = 'scf-studio-head-1'),
      'says that it is "scf-studio-head-1"',
    ],
    ['no shape', (_, metadata) => void delete metadata.shape, 'shape is not given'],
    [
      'an incomplete shape',
      (_, metadata) => void (metadata.shape = '{"embeddingDim":6,"channels":[3,4]}'),
      'three channels were expected',
    ],
    [
      'a shape beyond all bounds',
      (_, metadata) => void (metadata.shape = '{"embeddingDim":1e9,"channels":[3,4,5]}'),
      'whole numbers to 2048',
    ],
    [
      'a shape larger than its arrays',
      (_, metadata) => void (metadata.shape = '{"embeddingDim":2048,"channels":[2048,2048,2048]}'),
      '[3, 3, 48, 2048] was expected',
    ],
    ['a missing array', (arrays) => void arrays.delete('pool.weight'), 'no array "pool.weight"'],
    [
      'an array too many',
      (arrays) => void arrays.set('fc', { dtype: 'F32', shape: [1], data: new Float32Array(1) }),
      'an array "fc"',
    ],
    ['NaN', setTo('stage2.conv1.weight', 3, NaN), 'holds NaN'],
    [
      'a variance below zero',
      setTo('stem.norm.runningVariance', 1, -1),
      'holds -1; numbers from zero on',
    ],
  ])('is refused with %s', async (_, change, words) => {
    const network = stirred();
    const { tensors, metadata } = readSafetensors(await encodeSmallBackbone(network, {}));
    network.dispose();
    change(tensors, metadata);
    const file = await opened(writeSafetensors(tensors, metadata));
    const before = tf.memory().numTensors;
    await expect(openSmallBackbone(file)).rejects.toMatchObject({
      code: 'bad-model',
      message: expect.stringContaining(words),
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves no tensors behind when loading is cancelled', async () => {
    const network = stirred();
    const file = await opened(await encodeSmallBackbone(network, {}));
    network.dispose();
    const before = tf.memory().numTensors;
    const ended = new AbortController();
    const options: SmallBackboneOptions = {
      signal: ended.signal,
      onProgress: (done) => void (done === 4 && ended.abort(new Error('ended'))),
    };
    await expect(openSmallBackbone(file, options)).rejects.toThrow('ended');
    expect(tf.memory().numTensors).toBe(before);
  });
});
