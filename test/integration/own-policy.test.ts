import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { headBytes } from '../fixtures/head-bytes';
import { MemoryFileStore } from '../../src/formats/bytes/memory-file-store';
import { startNodeWasm } from '../../src/cli/node/node-backend';
import { isValidationIdentity } from '../../src/faces/identity-split';
import { BlobByteSource } from '../../src/formats/bytes/byte-source';
import { openTensorFile } from '../../src/formats/tensors/open-tensor-file';
import { FaceReader, type FaceReading } from '../../src/inference/face-reader';
import { locatedCrop } from '../../src/inference/locate-face';
import { pairScores } from '../../src/inference/pair-scores';
import type { ReadingPolicy } from '../../src/inference/reading-policy';
import { openHead, type OpenedHead } from '../../src/training/checkpoint/open-head';
import { TrainingSession } from '../../src/training/session/training-session';
import { smallBackbone, smallConfig, smallDecoder, smallSource } from '../fixtures/small-run';

/*
 * A score is only held against scores of its own policy: faces of two policies have none, and what
 * a head's file calls `full` are the scores that Compare and the command line give.
 */

const config = smallConfig({
  maxValidationImages: 100,
  validationFraction: 0.3,
  epochs: 2,
  copies: 1,
  flip: false,
});

/** A small head, trained and written to a file, and read again. */
async function trainedHead(backbone: ReturnType<typeof smallBackbone>): Promise<OpenedHead> {
  const session = new TrainingSession({
    config,
    backbone,
    source: smallSource,
    decoder: smallDecoder,
    store: new MemoryFileStore(),
    post: () => undefined,
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => tf.memory().numBytes,
  });
  expect(await session.run()).toBe('finished');
  const bytes = await headBytes(session.exportHead());
  session.dispose();
  const file = await openTensorFile(new BlobByteSource('head.safetensors', new Blob([bytes])));
  return openHead(file, backbone, 2 ** 30);
}

/** The scores of all pairs of held-out people's pictures, as Compare reads and scores them. */
async function scoresOfPairs(
  policy: ReadingPolicy,
  backbone: ReturnType<typeof smallBackbone>,
  opened: OpenedHead,
) {
  const labels: number[] = [];
  const faces: ReturnType<typeof locatedCrop>[] = [];
  for await (const { label, encoded } of smallSource.open({
    seed: 0,
    epoch: 0,
    shuffleBuffer: 0,
  })) {
    if (!isValidationIdentity(label, config.seed, config.validationFraction)) continue;
    labels.push(label);
    faces.push(locatedCrop(encoded, policy));
  }
  const readings = await new FaceReader(backbone, [opened.head], policy).read(faces);
  const heads = [{ ...opened, name: 'small' }];
  const [genuine, impostor]: Record<string, number>[][] = [[], []];
  for (let a = 0; a < readings.length; a++) {
    for (let b = a + 1; b < readings.length; b++) {
      const kind = labels[a] === labels[b] ? genuine! : impostor!;
      kind.push({ ...pairScores([readings[a]!], [readings[b]!], heads) });
    }
  }
  return { genuine: genuine!, impostor: impostor! };
}

const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b);

/** The largest difference between two sorted lists of scores, relative to scores above 1. */
function apart(some: readonly number[], others: readonly number[]): number {
  expect(some.length).toBe(others.length);
  return Math.max(
    ...some.map((score, i) => Math.abs(score - others[i]!) / Math.max(1, Math.abs(others[i]!))),
  );
}

describe('a score is held against scores of its own policy', () => {
  beforeAll(async () => void (await startNodeWasm()));

  // A run keeps the features of single views in half precision.
  it.each([
    ['full', 1e-5],
    ['single', 2e-3],
  ] as const)(
    "which a head's file gives for %s as a face reader does",
    async (policy, tolerance) => {
      const backbone = smallBackbone();
      const opened = await trainedHead(backbone);
      const other = policy === 'full' ? 'single' : 'full';
      const [own, others] = [
        await scoresOfPairs(policy, backbone, opened),
        await scoresOfPairs(other, backbone, opened),
      ];
      const reading = opened.readings.find((each) => each.policy === policy)!;
      expect(reading.distributions.map(({ method }) => method).sort()).toEqual([
        'cosine',
        'scf',
        'scf-calibrated',
      ]);
      for (const { method, genuine, impostor, ...of } of reading.distributions) {
        expect(of.policy).toBe(policy);
        const scoresOf = (pairs: readonly Record<string, number>[]) =>
          sorted(pairs.map((scores) => scores[method]!));
        expect(apart(sorted(genuine), scoresOf(own.genuine)), method).toBeLessThan(tolerance);
        // There are fewer pairs of one kind than of the other; the file has as many of both.
        const all = scoresOf(own.impostor);
        for (const score of impostor) {
          const nearest = all.reduce((best, each) =>
            Math.abs(each - score) < Math.abs(best - score) ? each : best,
          );
          expect(apart([score], [nearest]), `${method}, impostor`).toBeLessThan(tolerance);
        }
        // Otherwise the scores of the other policy would pass as well.
        if (method === 'cosine')
          expect(apart(sorted(genuine), scoresOf(others.genuine))).toBeGreaterThan(10 * tolerance);
      }
      opened.dispose();
      backbone.dispose();
    },
  );

  it('and faces of two policies have none', () => {
    const read = (policy: ReadingPolicy): FaceReading => ({
      policy,
      embedding: Float32Array.of(3, 4),
      mu: Float32Array.of(0.6, 0.8),
      embeddingNorm: 5,
      concentrations: [],
      detectorScore: null,
      faceSize: null,
      sharpness: 0,
    });
    expect(pairScores([read('single')], [read('single')], []).cosine).toBeCloseTo(1, 6);
    const mixed = 'these have full, single';
    expect(() => pairScores([read('full')], [read('single')], [])).toThrow(mixed);
    expect(() => pairScores([read('full'), read('single')], [read('full')], [])).toThrow(mixed);
  });
});
