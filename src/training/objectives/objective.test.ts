import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNodeWasm } from '../../cli/node/node-backend';
import { trainedMethodNames, type TrainedMethodName } from '../../confidence/confidence-method';
import { gaussianLossParts } from '../../confidence/gaussian';
import { createMethod } from '../../confidence/methods';
import { loss } from '../../confidence/vmf';
import { seededRandom } from '../../core/seeded-random';
import { createObjective } from './objective';

const [dimension, perIdentity, identities] = [16, 3, 3];
const rows = perIdentity * identities;
/** The last identity has two pictures. */
const mask = Array.from({ length: rows }, (_, row) => (row === rows - 1 ? 0 : 1));

beforeAll(startNodeWasm);

interface Case {
  readonly logs: number[];
  readonly embedding: number[];
  readonly cosTheta: number[];
}

function caseOf(method: TrainedMethodName): Case {
  const random = seededRandom(7);
  const width = method === 'pfe-g' ? dimension : 1;
  const embedding = Array.from({ length: rows }, () => {
    const values = Array.from({ length: dimension }, (_, i) => (i === 0 ? 2 : 0) + random.normal());
    const norm = Math.hypot(...values);
    return values.map((value) => value / norm);
  }).flat();
  return {
    logs: Array.from({ length: rows * width }, () => 3 + random.normal()),
    embedding,
    cosTheta: Array.from({ length: rows }, () => 0.3 + 0.5 * random.next()),
  };
}

/** The loss in float64, from the method's own pair score or from its loss of one picture. */
function twin(method: TrainedMethodName, { logs, embedding, cosTheta }: Case): number {
  const kept = [...mask.keys()].filter((row) => mask[row] === 1);
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  if (method === 'scf')
    return mean(
      kept.map((row) => loss('exact', dimension, 64, Math.exp(logs[row]!), cosTheta[row]!)),
    );
  if (method === 'scf-g') {
    return mean(
      kept.map((row) => {
        const { alignment, normalizer, constant } = gaussianLossParts(
          dimension,
          Math.exp(logs[row]!),
          cosTheta[row]!,
        );
        return alignment + normalizer + constant;
      }),
    );
  }
  const width = logs.length / rows;
  const face = (row: number) => ({
    mu: Float32Array.from(embedding.slice(row * dimension, (row + 1) * dimension)),
    concentration: Float32Array.from(logs.slice(row * width, (row + 1) * width), Math.exp),
  });
  const { pairScore } = createMethod(method, { radius: 64 });
  const scores: number[] = [];
  for (const a of kept) {
    for (const b of kept) {
      if (a >= b || Math.floor(a / perIdentity) !== Math.floor(b / perIdentity)) continue;
      const [first, second] = [face(a), face(b)];
      scores.push(
        -pairScore(
          first,
          second,
          first.mu.reduce((sum, value, i) => sum + value * second.mu[i]!, 0),
        ),
      );
    }
  }
  return mean(scores);
}

describe.each(trainedMethodNames)('the objective of %s', (method) => {
  const given = caseOf(method);
  const width = given.logs.length / rows;
  const objective = () =>
    createObjective({
      method,
      dimension,
      radius: 64,
      mode: 'exact',
      picturesPerIdentity: perIdentity,
    });
  const batch = () => ({
    cosTheta: tf.tensor1d(given.cosTheta),
    mask: tf.tensor1d(mask),
    embedding: tf.tensor2d(given.embedding, [rows, dimension]),
  });

  it('is the mean of its float64 twin over the pictures that the mask keeps', () => {
    const found = tf.tidy(
      () => objective()(tf.tensor2d(given.logs, [rows, width]), batch()).dataSync()[0]!,
    );
    expect(Math.abs(found - twin(method, given))).toBeLessThan(1e-4 * Math.max(1, Math.abs(found)));
  });

  it('has the twin’s slope as its gradient, and none for padding', () => {
    const found = tf.tidy(() =>
      tf
        .grad((x) => objective()(x as tf.Tensor2D, batch()))(tf.tensor2d(given.logs, [rows, width]))
        .dataSync(),
    );
    const moved = (at: number, by: number) =>
      twin(method, {
        ...given,
        logs: given.logs.map((value, i) => (i === at ? value + by : value)),
      });
    for (const at of [0, width * 4, given.logs.length - width - 1])
      expect(
        Math.abs(found[at]! - (moved(at, 1e-3) - moved(at, -1e-3)) / 2e-3),
        `at ${at}`,
      ).toBeLessThan(2e-3);
    for (const slope of found.slice((rows - 1) * width)) expect(Math.abs(slope)).toBe(0);
  });
});

it('pairwise methods require pairs', () => {
  expect(() => createObjective({ method: 'pfe-g', dimension, radius: 64, mode: 'exact' })).toThrow(
    '2 or more pictures per identity',
  );
  const objective = createObjective({
    method: 'pfe-v',
    dimension,
    radius: 64,
    mode: 'exact',
    picturesPerIdentity: 3,
  });
  expect(() =>
    tf.tidy(() => objective(tf.ones([3, 1]), { cosTheta: tf.ones([3]), mask: tf.ones([3]) })),
  ).toThrow('no embeddings');
});
