import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseBackend } from '../../src/engine/backend';
import { OnnxGraph } from '../../src/engine/onnx/onnx-graph';
import { parseOnnx } from '../../src/formats/onnx/onnx';
import { seededRandom } from '../../src/core/seeded-random';
import { onnxModel } from '../fixtures/onnx-model';
import { recogniserCases, type OperatorCase } from '../fixtures/onnx-operator-cases';
import { worstError } from '../fixtures/worst-error';

const backends = ['wasm', 'webgpu'] as const;

/** The case's result on a backend, in the layout in which it is held. */
async function valuesOn(
  backend: (typeof backends)[number],
  [, input, nodes, constants, opset]: OperatorCase,
): Promise<Float32Array> {
  await tf.setBackend(backend);
  const [batch, channels, height, width] = input as [number, number, number, number];
  const random = seededRandom(5, ...input);
  const pixels = Float32Array.from({ length: batch * channels * height * width }, () =>
    random.normal(),
  );
  const graph = new OnnxGraph(parseOnnx(onnxModel({ input, nodes, constants, opset })));
  const pictures = tf.tensor4d(pixels, [batch, height, width, channels]);
  const { y } = graph.run(pictures);
  const values = (await y!.data()) as Float32Array;
  tf.dispose([pictures, y!]);
  graph.dispose();
  return values;
}

/** Unit tests compare wasm with onnxruntime; this compares WebGPU with wasm. */
describe('ONNX operators of recognisers on WebGPU', () => {
  beforeAll(async () => {
    for (const preference of backends)
      await chooseBackend({ preference, wasmPath: '/wasm/', onFault: () => undefined });
  });
  afterAll(() => tf.engine().reset());

  it.each(recogniserCases.map((each) => [each[0], each] as const))('%s', async (_, each) => {
    const [wasm, webgpu] = [await valuesOn('wasm', each), await valuesOn('webgpu', each)];
    expect(worstError(webgpu, wasm)).toBeLessThan(1e-5);
  });
});
