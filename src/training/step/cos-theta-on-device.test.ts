import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNodeWasm } from '../../cli/node/node-backend';
import { seededRandom } from '../../core/seeded-random';
import { cosThetaTo, type Centre } from '../../models/centres/centre';
import { ClassCentreBuilder } from '../../models/centres/class-centres';
import { dot, normalised } from '../../core/vector';
import { cosThetaOnDevice } from './cos-theta-on-device';

const D = 64;
const random = seededRandom(17);
const direction = () => normalised(Float32Array.from({ length: D }, () => random.normal())).unit;
const near = (w: Float32Array, noise: number) => {
  const stray = direction();
  return normalised(w.map((value, i) => value + noise * stray[i]!)).unit;
};

/** People with 2 to 40 pictures and their centres; every third has a stranger's picture. */
function people() {
  const builder = new ClassCentreBuilder(D);
  const pictures: { label: number; embedding: Float32Array }[] = [];
  [2, 2, 3, 5, 9, 12, 20, 40].forEach((count, label) => {
    const w = direction();
    for (let i = 0; i < count; i++)
      pictures.push({
        label,
        embedding: label % 3 === 0 && i === 4 ? direction() : near(w, 0.4 + 0.8 * random.next()),
      });
  });
  for (const { label, embedding } of pictures) builder.add(label, embedding);
  const centres = builder.finish();
  return pictures.map(({ label, embedding }) => ({ embedding, centre: centres.centre(label)! }));
}

async function onDevice(
  pictures: readonly { embedding: Float32Array; centre: Centre; isAugmented: boolean }[],
  padding = 3,
): Promise<Float32Array> {
  const along = tf.tensor1d([
    ...pictures.map(({ embedding, centre }) => dot(embedding, centre.direction)),
    ...Array<number>(padding).fill(0),
  ]);
  const result = cosThetaOnDevice(along, pictures);
  const values = (await result.data()) as Float32Array;
  tf.dispose([along, result]);
  return values;
}

describe('cos θ on the device', () => {
  beforeAll(startNodeWasm);

  it('equals cosThetaTo for few or many pictures, and for those left out of a mean', async () => {
    const before = tf.memory().numTensors;
    const pictures = people().map((picture) => ({ ...picture, isAugmented: false }));
    expect(new Set(pictures.map(({ centre: { mean } }) => mean!.lowest > -1))).toEqual(
      new Set([true, false]),
    );
    const found = await onDevice(pictures);
    pictures.forEach(({ embedding, centre }, row) =>
      expect(found[row]).toBeCloseTo(cosThetaTo(centre, embedding, embedding), 4),
    );
    expect([...found.slice(pictures.length)].every(Number.isFinite)).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is close on average for augmented pictures without their originals', async () => {
    let [error, ignored, whole, count] = [0, 0, 0, 0];
    for (let draw = 0; draw < 20; draw++) {
      const pictures = people()
        .filter(({ centre }) => centre.mean!.count > 2)
        .map(({ embedding, centre }) => ({
          own: embedding,
          embedding: near(embedding, 0.5 + random.next()),
          centre,
          isAugmented: true,
        }));
      const found = await onDevice(pictures);
      const taken = await onDevice(pictures.map((picture) => ({ ...picture, isAugmented: false })));
      pictures.forEach(({ own, embedding, centre }, row) => {
        const exact = cosThetaTo(centre, embedding, own);
        error += found[row]! - exact;
        ignored += dot(embedding, centre.direction) - exact;
        whole += taken[row]! - exact;
        count++;
      });
    }
    expect(Math.abs(error / count)).toBeLessThan(0.01);
    // Both simpler estimates are worse: that the original is not in the mean, or equals the copy.
    expect(Math.abs(ignored / count)).toBeGreaterThan(0.01);
    expect(whole / count).toBeLessThan(-0.01);
  });

  it('leaves the cosine to a row that is no mean', async () => {
    const [row, embedding] = [direction(), direction()];
    const along = tf.tensor1d([dot(embedding, row)]);
    expect(
      cosThetaOnDevice(along, [{ centre: { direction: row, mean: null }, isAugmented: false }]),
    ).toBe(along);
    along.dispose();
  });
});
