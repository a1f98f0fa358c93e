import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryFileStore } from '../../src/formats/bytes/memory-file-store';
import { smallBackbone, smallConfig, smallDecoder, smallSource } from '../fixtures/small-run';
import { startNodeWasm } from '../../src/cli/node/node-backend';
import type { Backbone } from '../../src/models/backbones/backbone';
import type { RunConfig } from '../../src/training/config/run-config';
import type { ValidationResult } from '../../src/training/session/run-events';
import { TrainingSession } from '../../src/training/session/training-session';

beforeAll(async () => void (await startNodeWasm()));

/** Trains a run to its end: its last validation, and the collapse reported, if any. */
async function trained(backbone: Backbone, changes: Partial<RunConfig> = {}) {
  const session = new TrainingSession({
    config: smallConfig({ epochs: 4, zDim: backbone.embeddingDim, ...changes }),
    backbone,
    source: smallSource,
    decoder: smallDecoder,
    store: new MemoryFileStore(),
    post: () => undefined,
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => tf.memory().numBytes,
  });
  await session.run();
  const { validation, collapse } = session;
  session.dispose();
  backbone.dispose();
  return { validation: validation as ValidationResult, collapse };
}

describe('a head on a backbone with a conv feature a hundred times larger or smaller', () => {
  it.each([
    ['compact', {}],
    ['compact, from a stream', { features: 'stream', centres: 'growing' }],
    // Large heads learn nothing from such a small set: a few steps with a low learning rate show
    // that they take the same ones.
    ['reference', { head: 'reference', learningRate: 1e-4, epochs: 2 }],
    ['tface-conv', { head: 'tface-conv', learningRate: 1e-4, epochs: 2 }],
  ] as const)('learns the same ρ to .01: %s', async (_, changes) => {
    const plain = await trained(smallBackbone(), changes);
    if (!('head' in changes)) expect(plain.validation.spearman).toBeGreaterThan(0.1);
    for (const featureScale of [0.01, 100]) {
      const { validation } = await trained(smallBackbone('scaled', { featureScale }), changes);
      expect(Math.abs(validation.spearman! - plain.validation.spearman!)).toBeLessThan(0.01);
      expect(validation.loss).toBeCloseTo(plain.validation.loss, 1);
    }
  });
});

it.each([64, 128, 1024])(
  'a head learns at dimension %i, with κ in the range of its pictures',
  async (dimension) => {
    const { validation, collapse } = await trained(smallBackbone('other', { dimension }));
    expect(collapse).toBeNull();
    expect(validation.spearman).toBeGreaterThan(0);
    const middle = [...validation.kappa].sort((a, b) => a - b)[validation.kappa.length >> 1]!;
    // κ of usual pictures grows with the dimension: 1 − cos θ is about d/κ.
    expect(middle / dimension).toBeGreaterThan(0.1);
    expect(middle / dimension).toBeLessThan(50);
  },
);
