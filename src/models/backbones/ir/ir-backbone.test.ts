import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  arraysOf,
  fileOfArrays,
  irFixture,
  irFixtures,
  irPicture,
  type IrFixture,
} from '../../../../test/fixtures/ir-fixtures';
import type { MemoryArray } from '../../../../test/fixtures/memory-tensor-file';
import { channelsFirst, worstError } from '../../../../test/fixtures/onnx-reference';
import { smallIrFile } from '../../../../test/fixtures/small-ir';
import { startNodeWasm } from '../../../cli/node/node-backend';
import { packBatch } from '../../../faces/decode/packed-batch';
import type { TensorFile } from '../../../formats/tensors/tensor-file';
import { IrBackbone, type IrBackboneOptions } from './ir-backbone';

/** Relative to a tensor's largest magnitude; PyTorch computed in float64. */
const BOUND = 1e-5;

beforeAll(startNodeWasm);

async function outputsOf(
  file: TensorFile,
  options?: IrBackboneOptions,
  crops: readonly Uint8Array[] = [irPicture()],
  flips?: readonly boolean[],
) {
  const backbone = await IrBackbone.load(file, options);
  const output = backbone.run(packBatch(crops, crops.length, flips));
  const [embedding, convFeature] = [await output.embedding.data(), await output.convFeature.data()];
  const shape = output.convFeature.shape as [number, number, number, number];
  tf.dispose([output.embedding, output.convFeature]);
  backbone.dispose();
  return { backbone, embedding, convFeature: channelsFirst(convFeature, shape) };
}

const changed = (
  arrays: ReadonlyMap<string, MemoryArray>,
  change: (arrays: Map<string, MemoryArray>) => void,
  name = 'changed.pth',
) => {
  const copy = new Map(arrays);
  change(copy);
  return fileOfArrays(name, copy);
};

describe.each(['wasm', 'cpu'])('IrBackbone on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
    return () => tf.setBackend('wasm');
  });

  it.each(irFixtures)('gives what PyTorch gives for %s', async (name) => {
    const { file, embedding, features } = await irFixture(name);
    for (const convFeature of ['body', 'after-bn'] as const) {
      const found = await outputsOf(file, { convFeature });
      expect(worstError(found.embedding, embedding)).toBeLessThan(BOUND);
      expect(worstError(found.convFeature, features[convFeature])).toBeLessThan(BOUND);
    }
  });
});

describe('IrBackbone', () => {
  it.each([
    ['scf', 'IR of 2/1/1/1 units (SCF layout)', 'output_layer.0', 128, 'SCF'],
    ['tface-se', 'IR-SE of 2/1/1/1 units (TFace layout)', 'output_layer.0', 127.5, 'TFace'],
    ['insightface', 'iresnet of 2/1/1/1 units (InsightFace)', 'bn2', 127.5, 'InsightFace'],
  ] as const)('says what it is: %s', async (name, layout, lastNorm, divisor, by) => {
    const { file, arrays } = await irFixture(name);
    const backbone = await IrBackbone.load(file);
    const parameters = [...arrays].reduce(
      (sum, [key, { values }]) => sum + (key.includes('running') ? 0 : values.length),
      0,
    );
    expect(backbone.description.outline.stages.at(-1)!.shape).toEqual(backbone.convShape);
    expect(backbone.description).toMatchObject({
      layout,
      parameters,
      convFeatureName: 'body',
      inputOrigin: { kind: 'keys', by },
    });
    expect([backbone.name, backbone.embeddingDim, backbone.convShape]).toEqual([
      `${name}.pth`,
      6,
      [7, 7, 8],
    ]);
    expect(backbone.input).toEqual({ order: 'RGB', mean: 127.5, scale: 1 / divisor });
    backbone.dispose();
    const tapped = await IrBackbone.load(file, { convFeature: 'after-bn', name: 'mine' });
    expect([tapped.name, tapped.description.convFeatureName]).toEqual(['mine', lastNorm]);
    tapped.dispose();
  });

  it('mirrors each picture by its own flag, in a batch, in either order of colours', async () => {
    const { file, embedding } = await irFixture('scf-se');
    const picture = irPicture();
    const mirrored = picture.map(
      (_, i) =>
        picture[3 * (112 * Math.floor(i / 336) + 111 - (Math.floor(i / 3) % 112)) + (i % 3)]!,
    );
    const swapped = picture.map((_, i) => picture[i - (i % 3) + 2 - (i % 3)]!);
    const batch = await outputsOf(file, {}, [swapped, mirrored, picture], [false, true, false]);
    for (const row of [1, 2])
      expect(worstError(batch.embedding.subarray(6 * row, 6 * row + 6), embedding)).toBeLessThan(
        BOUND,
      );
    expect(worstError(batch.embedding.subarray(0, 6), embedding)).toBeGreaterThan(1e-3);
    const other = await outputsOf(file, { input: { order: 'BGR', mean: 127.5, scale: 1 / 128 } }, [
      swapped,
    ]);
    expect(worstError(other.embedding, embedding)).toBeLessThan(BOUND);
  });

  it('has one fingerprint for the same weights, input and conv feature in any file', async () => {
    const { file, arrays } = await irFixture('insightface');
    const hashOf = async (from: TensorFile, options?: IrBackboneOptions) =>
      (await outputsOf(from, options)).backbone.hash;
    const hash = await hashOf(file);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    const elsewhere = fileOfArrays(
      'checkpoint_gpu_0.pt',
      new Map(
        [...arrays].reverse().map(([key, array]) => [`state_dict_backbone.module.${key}`, array]),
      ),
    );
    expect(await hashOf(elsewhere)).toBe(hash);
    const moved = changed(arrays, (copy) =>
      copy.set('fc.bias', {
        ...arrays.get('fc.bias')!,
        values: arrays.get('fc.bias')!.values.with(3, 0.5),
      }),
    );
    const others = [
      await hashOf(moved),
      await hashOf(file, { convFeature: 'after-bn' }),
      await hashOf(file, { input: { order: 'BGR', mean: 127.5, scale: 1 / 127.5 } }),
    ];
    expect(new Set([hash, ...others]).size).toBe(4);
  });

  it('ignores arrays that are not the network’s, and reads each of its own once', async () => {
    const { arrays, embedding } = await irFixture('insightface');
    const foreign: MemoryArray = { shape: [3, 6], values: new Float32Array(18).fill(NaN) };
    const checkpoint = fileOfArrays(
      'checkpoint_gpu_0.pt',
      new Map([
        ...[...arrays].map(([key, array]) => [`state_dict_backbone.${key}`, array] as const),
        ['state_dict_softmax_fc.weight', foreign],
      ]),
    );
    const steps: number[] = [];
    const found = await outputsOf(checkpoint, {
      onProgress: (done, total) => steps.push(done / total),
    });
    expect(worstError(found.embedding, embedding)).toBeLessThan(BOUND);
    expect(steps).toEqual(Array.from({ length: arrays.size }, (_, i) => (i + 1) / arrays.size));
    expect([...checkpoint.reads].sort()).toEqual(
      [...arrays.keys()].map((key) => `state_dict_backbone.${key}`).sort(),
    );
  });

  it('accepts a BatchNorm1d with weight and bias, and counters of batches', async () => {
    const { arrays, embedding } = await irFixture('scf');
    const vector = (...numbers: number[]): MemoryArray => ({
      shape: [6],
      values: Float32Array.from(numbers),
    });
    const file = changed(arrays, (copy) => {
      copy.set('output_layer.4.weight', vector(1, 2, 3, 4, 5, 6));
      copy.set('output_layer.4.bias', vector(6, 5, 4, 3, 2, 1));
      copy.set('output_layer.4.num_batches_tracked', {
        dtype: 'I64',
        shape: [],
        values: new Float32Array(1),
      });
    });
    const found = await outputsOf(file);
    expect(
      worstError(
        found.embedding,
        embedding.map((value, i) => value * (i + 1) + 6 - i),
      ),
    ).toBeLessThan(BOUND);
  });

  it('turns weights that decayed to denormal numbers into zeros', async () => {
    const { arrays, embedding } = await irFixture('scf');
    const tiny = (copy: Map<string, MemoryArray>, key: string) =>
      copy.set(key, {
        ...arrays.get(key)!,
        values: arrays.get(key)!.values.map((value) => value * 1e-35),
      });
    const found = await outputsOf(
      changed(arrays, (copy) => tiny(copy, 'body.0.res_layer.1.weight')),
    );
    const zeros = await outputsOf(
      changed(arrays, (copy) =>
        copy.set('body.0.res_layer.1.weight', {
          ...arrays.get('body.0.res_layer.1.weight')!,
          values: new Float32Array(144),
        }),
      ),
    );
    expect(found.embedding).toEqual(zeros.embedding);
    expect(worstError(found.embedding, embedding)).toBeGreaterThan(1e-3);
  });

  it('runs the small network of the other tests', async () => {
    const { backbone, embedding } = await outputsOf(
      fileOfArrays('small.safetensors', arraysOf(smallIrFile(64))),
    );
    expect([backbone.embeddingDim, backbone.convShape, embedding.every(Number.isFinite)]).toEqual([
      64,
      [7, 7, 32],
      true,
    ]);
    expect(backbone.layout.stage1Shortcut).toBe('conv');
  });
});

describe('loading that fails', () => {
  const refused = async (name: IrFixture, change: (arrays: Map<string, MemoryArray>) => void) => {
    const { arrays } = await irFixture(name);
    const before = tf.memory().numTensors;
    const thrown = await IrBackbone.load(changed(arrays, change)).catch((error: unknown) => error);
    expect(tf.memory().numTensors).toBe(before);
    return thrown;
  };

  it('names an array with values that are not finite', async () => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const thrown = await refused('scf', (arrays) => {
        const key = 'body.4.res_layer.3.weight';
        arrays.set(key, { ...arrays.get(key)!, values: arrays.get(key)!.values.with(7, value) });
      });
      expect(thrown).toMatchObject({
        code: 'bad-model',
        message: expect.stringContaining(
          `changed.pth the array body.4.res_layer.3.weight has ${value} at 7`,
        ),
      });
    }
  });

  it('names a negative variance', async () => {
    const key = 'layer2.0.bn3.running_var';
    const thrown = await refused('insightface', (arrays) =>
      arrays.set(key, { ...arrays.get(key)!, values: arrays.get(key)!.values.with(0, -1) }),
    );
    expect(thrown).toMatchObject({
      code: 'bad-model',
      message: expect.stringContaining(`${key} has -1 at 0`),
    });
  });

  it('leaves no tensors behind when cancelled, nor after dispose()', async () => {
    const { file } = await irFixture('tface-se');
    const before = tf.memory().numTensors;
    const asked = new AbortController();
    const ended = IrBackbone.load(file, {
      signal: asked.signal,
      onProgress: (done) => done === 40 && asked.abort(new Error('ended')),
    });
    await expect(ended).rejects.toThrow('ended');
    expect(file.reads.length).toBe(40);
    expect(tf.memory().numTensors).toBe(before);
    await outputsOf(file);
    expect(tf.memory().numTensors).toBe(before);
  });
});
