import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNodeWasm } from '../../cli/node/node-backend';
import { seededRandom } from '../../core/seeded-random';
import { marginStep } from '../centres/margin-loss';
import type { MarginSettings } from './margin';
import { marginObjective } from './margin-objective';

beforeAll(startNodeWasm);

const [ROWS, CLASSES] = [5, 4];
const settingsOf: readonly MarginSettings[] = [
  { kind: 'arcface', margin: 0.5, scale: 8 },
  { kind: 'cosface', margin: 0.35, scale: 8 },
  { kind: 'arcface', margin: 0, scale: 64 },
];

/**
 * The loss by its definition, in float64. ArcFace adds angles up to π and follows its line beyond.
 */
function plainLoss(
  cosines: readonly number[][],
  classes: readonly number[],
  { kind, margin, scale }: MarginSettings,
): number {
  const rows = classes.flatMap((own, row) => {
    if (own < 0) return [];
    const logits = cosines[row]!.map((cosine, column) => {
      if (column !== own) return scale * cosine;
      const angle = Math.acos(cosine);
      if (kind === 'cosface') return scale * (cosine - margin);
      return (
        scale *
        (angle + margin < Math.PI ? Math.cos(angle + margin) : cosine - margin * Math.sin(margin))
      );
    });
    const largest = Math.max(...logits);
    return [
      largest +
        Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0)) -
        logits[own]!,
    ];
  });
  return rows.reduce((sum, row) => sum + row, 0) / rows.length;
}

/** The second row lies past π − margin of its class; the last one is padding. */
function example(): { cosines: number[][]; classes: number[] } {
  const random = seededRandom(7);
  const cosines = Array.from({ length: ROWS }, () =>
    Array.from({ length: CLASSES }, () => 1.8 * random.next() - 0.9),
  );
  cosines[1]![2] = -0.95;
  cosines[2]![3] = 0.97;
  return { cosines, classes: [1, 2, 3, 0, -1] };
}

const ownOf = (classes: readonly number[]) =>
  tf.tensor2d(
    classes.map((own) => Array.from({ length: CLASSES }, (_, column) => (column === own ? 1 : 0))),
  );

describe.each(['wasm', 'cpu'])('the margin objective on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
    return () => tf.setBackend('wasm');
  });

  it.each(settingsOf)(
    "is the loss that its definition gives, and its gradient that loss's: $kind, margin " +
      '$margin, scale $scale',
    (settings) => {
      const { cosines, classes } = example();
      const objective = marginObjective(settings);
      const own = ownOf(classes);
      const { value, grad } = tf.valueAndGrad((x) => objective(x as Tensor2D, own) as Scalar)(
        tf.tensor2d(cosines),
      ) as { value: Scalar; grad: Tensor2D };
      expect(value.dataSync()[0]).toBeCloseTo(plainLoss(cosines, classes, settings), 4);
      const found = grad.arraySync();
      const step = 1e-6;
      cosines.forEach((row, i) =>
        row.forEach((cosine, j) => {
          const at = (moved: number) =>
            plainLoss(
              cosines.map((other, k) =>
                k === i ? other.map((entry, l) => (l === j ? cosine + moved : entry)) : other,
              ),
              classes,
              settings,
            );
          const numeric = (at(step) - at(-step)) / (2 * step);
          expect(
            Math.abs(found[i]![j]! - numeric),
            `[${i}, ${j}] ${found[i]![j]} for ${numeric}`,
          ).toBeLessThan(1e-3 * (1 + Math.abs(numeric)));
        }),
      );
      expect(found[4]).toEqual([0, 0, 0, 0].map((zero) => expect.closeTo(zero, 12)));
    },
  );

  it.each(settingsOf)(
    'is finite for a picture on its class, opposite to it, and for a batch of padding: ' +
      '$kind $margin',
    (settings) => {
      const objective = marginObjective(settings);
      for (const [cosine, classes] of [
        [1, [0]],
        [1.0000001, [0]],
        [-1, [0]],
        [0.3, [-1]],
      ] as const) {
        const { value, grad } = tf.valueAndGrad(
          (x) => objective(x as Tensor2D, ownOf(classes)) as Scalar,
        )(tf.tensor2d([[cosine, 0.1, 0, -0.2]]));
        expect([...value.dataSync(), ...grad.dataSync()].every(Number.isFinite)).toBe(true);
      }
      expect(objective(tf.tensor2d([[0.3, 0, 0, 0]]), ownOf([-1])).dataSync()[0]).toBeCloseTo(
        0,
        12,
      );
    },
  );

  it.each(settingsOf)(
    'agrees with the loss for training classifiers over kept embeddings: $kind $margin',
    async (settings) => {
      const random = seededRandom(9);
      const unitRows = (count: number) =>
        tf.tidy(() => {
          const rows = tf.tensor2d(
            Float32Array.from({ length: 3 * count }, () => random.normal()),
            [count, 3],
          );
          return tf.div(rows, tf.norm(rows, 2, 1, true)) as Tensor2D;
        });
      const [pictures, weights] = [unitRows(ROWS - 1), unitRows(CLASSES)];
      const classes = [1, 2, 3, 0];
      const step = await marginStep(
        (await pictures.data()) as Float32Array,
        Int32Array.from(classes),
        (await weights.data()) as Float32Array,
        3,
        settings,
      );
      const own = ownOf(classes);
      const { value, grad } = tf.valueAndGrad((rows) =>
        marginObjective(settings)(tf.matMul(pictures, rows as Tensor2D, false, true), own),
      )(weights);
      expect(value.dataSync()[0]).toBeCloseTo(step.loss, 4);
      // Its gradient is that of the sum over the scale; this one is that of the mean.
      const rescale = settings.scale / classes.length;
      grad
        .dataSync()
        .forEach((slope, at) =>
          expect(slope).toBeCloseTo(step.gradients[0]!.data[at]! * rescale, 3),
        );
    },
  );

  it('grows with the margin', () => {
    const { cosines, classes } = example();
    const at = (kind: MarginSettings['kind'], margin: number) =>
      marginObjective({ kind, margin, scale: 16 })(
        tf.tensor2d(cosines),
        ownOf(classes),
      ).dataSync()[0]!;
    for (const kind of ['arcface', 'cosface'] as const)
      expect(at(kind, 0.4)).toBeGreaterThan(at(kind, 0.2));
    expect(at('arcface', 0)).toBeCloseTo(at('cosface', 0), 4);
  });
});
