import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, it } from 'vitest';
import { createHead } from './create-head';
import { layersOf } from './head-layers';

beforeAll(() => tf.setBackend('cpu'));

const layers = (name: Parameters<typeof createHead>[0], outputSize = 1) => {
  const shape = { convShape: [7, 7, 8], embeddingDim: 16, outputSize, initialLogKappa: 6 } as const;
  const head = createHead(name, shape, 1, 2 ** 12);
  const found = layersOf(head.parameters).map(
    ({ kind, inputs, outputs }) => `${kind} ${inputs} → ${outputs}`,
  );
  head.dispose();
  return found;
};

it('the layers of each head are those of its arrays, blocks joined', () => {
  expect(layers('compact', 16)).toEqual(['dense 17 → 128', 'dense 128 → 16']);
  expect(layers('tface-conv')).toEqual([
    'convolution 8 → 8',
    'convolution 8 → 8',
    'convolution 8 → 8',
    'dense 8 → 4',
    'dense 4 → 2',
    'dense 2 → 1',
  ]);
  expect(layers('reference')).toEqual(['dense 392 → 196', 'dense 196 → 98', 'dense 98 → 1']);
});
