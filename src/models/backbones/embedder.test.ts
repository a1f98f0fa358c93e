import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallBackbone } from '../../../test/fixtures/small-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import { normalised } from '../../core/vector';
import { seededRandom } from '../../core/seeded-random';
import { CROP_BYTES } from '../../faces/decode/packed-batch';
import { createHead } from '../heads/create-head';
import type { ConfidenceHead } from '../heads/confidence-head';
import type { Backbone } from './backbone';
import { Embedder } from './embedder';

const random = seededRandom(9);
const crops = Array.from({ length: 3 }, () => ({
  crop: Uint8Array.from({ length: CROP_BYTES }, () => random.int(256)),
  flip: false,
}));

describe('an embedder', () => {
  let backbone: Backbone;
  let head: ConfidenceHead;
  beforeAll(async () => {
    await startNodeWasm();
    backbone = smallBackbone();
    const shape = { convShape: [7, 7, 4], embeddingDim: 16, initialLogKappa: 3 } as const;
    head = createHead('compact', shape, 5, 2 ** 12);
  });
  afterAll(() => {
    head.dispose();
    backbone.dispose();
  });

  it('gives each crop the row that the backbone computed for it', async () => {
    const embedder = new Embedder(backbone, 4);
    const raw = backbone.run(embedder.pack(crops));
    const inputs = head.headInput(raw);
    const [embeddings, headInputs] = [await raw.embedding.array(), await inputs.array()];
    tf.dispose([raw.embedding, raw.convFeature, inputs]);
    const rows = await embedder.embedFor(head, crops);
    expect(rows).toHaveLength(3);
    for (const [at, row] of rows.entries()) {
      const { unit, norm } = normalised(Float32Array.from(embeddings[at]!));
      expect(row).toEqual({
        unit,
        norm,
        headInput: Float32Array.from((headInputs as number[][])[at]!),
      });
    }
    const alone = await embedder.embed(crops);
    expect(alone).toEqual(rows.map(({ unit, norm }) => ({ unit, norm })));
  });

  it('runs every pass in one shape, and disposes all tensors that it reads back', async () => {
    const sizes: number[] = [];
    const counted: Backbone = {
      ...backbone,
      run: (batch) => {
        sizes.push(batch.size);
        return backbone.run(batch);
      },
    };
    const embedder = new Embedder(counted, 4);
    const before = tf.memory().numTensors;
    await embedder.embedFor(head, crops);
    await embedder.embed(crops.slice(0, 1));
    expect(sizes).toEqual([4, 4]);
    expect(tf.memory().numTensors).toBe(before);
    expect(() => embedder.pack([...crops, ...crops])).toThrow('A batch of 4 was given 6 crops');
  });
});
