import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNodeWasm } from '../../cli/node/node-backend';
import { seededRandom } from '../../core/seeded-random';
import { ClassCentres } from '../../models/centres/class-centres';
import { normalised } from '../../core/vector';
import {
  centreKinds,
  compareCentres,
  makeCentres,
  marginOf,
  type CompareOptions,
} from './compare-centres';
import { EmbeddingStore } from '../data/embedding-store';
import { presets } from '../config/run-config';

const D = 16;
const random = seededRandom(21);
const direction = () => normalised(Float32Array.from({ length: D }, () => random.normal())).unit;
const settings = { ...presets.demo, marginScale: 32, centreEpochs: 15 };

/** Noisy pictures of people; every second person looks like the one before. */
function people(
  identities: number,
  pictures: (label: number) => number,
  noise = 0.5,
): { store: EmbeddingStore; truth: ClassCentres } {
  const store = new EmbeddingStore(D);
  const truth = new Float32Array(identities * D);
  for (let label = 0; label < identities; label++) {
    const own = direction();
    const twin = label % 2 === 1 ? truth.slice((label - 1) * D, label * D) : own;
    const mean = normalised(own.map((value, i) => 0.6 * value + 0.8 * twin[i]!)).unit;
    truth.set(mean, label * D);
    for (let picture = 0; picture < pictures(label); picture++) {
      const stray = direction();
      store.add(label, normalised(mean.map((value, i) => value + noise * stray[i]!)).unit);
    }
  }
  return { store, truth: new ClassCentres(D, [...Array(identities).keys()], truth) };
}

describe('compareCentres', () => {
  beforeAll(startNodeWasm);

  it('finds the highest cosine for means, and the largest margin for classifiers', async () => {
    const { store, truth } = people(30, () => 15);
    const before = tf.memory().numTensors;
    const seen = new Set<string>();
    const options: CompareOptions = {
      kinds: centreKinds,
      settings,
      file: truth,
      onProgress: (kind) => seen.add(kind),
    };
    const [means, arcface, cosface, file] = await compareCentres(store, options);
    expect(
      [means, arcface, cosface, file].map((found) => [
        found!.kind,
        found!.classifierMargin,
        found!.heldOut,
        found!.classes,
      ]),
    ).toEqual([
      ['means', null, 90, 30],
      ['arcface', 0.5, 90, 30],
      ['cosface', 0.4, 90, 30],
      ['file', null, 90, 30],
    ]);
    for (const trained of [arcface!, cosface!]) {
      expect(trained.meanCosTheta).toBeLessThan(means!.meanCosTheta);
      expect(trained.meanNearestImpostorCosine).toBeLessThan(means!.meanNearestImpostorCosine);
      expect(trained.margin).toBeGreaterThan(means!.margin);
      expect(trained.margin).toBeCloseTo(
        trained.meanCosTheta - trained.meanNearestImpostorCosine,
        9,
      );
    }
    expect(file!.meanCosTheta).toBeGreaterThan(means!.meanCosTheta);
    expect([file!.seconds, means!.seconds !== null, [...seen]]).toEqual([
      null,
      true,
      ['arcface', 'cosface'],
    ]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives the figures that can be computed by hand', async () => {
    const store = new EmbeddingStore(2);
    const at = (degrees: number) =>
      Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));
    // The third of each is held out: one at 20° from its centre and 70° from the other, and one
    // that is nearer to the other.
    for (const [label, degrees] of [
      [7, 0],
      [7, 0],
      [7, 20],
      [9, 90],
      [9, 90],
      [9, 40],
    ] as const)
      store.add(label, at(degrees));
    const [found] = await compareCentres(store, { kinds: ['means'], settings });
    const cos = (degrees: number) => Math.cos((degrees * Math.PI) / 180);
    expect(found).toMatchObject({ heldOut: 2, classes: 2, top1: 0.5 });
    expect(found!.meanCosTheta).toBeCloseTo((cos(20) + cos(50)) / 2, 6);
    expect(found!.meanNearestImpostorCosine).toBeCloseTo((cos(70) + cos(40)) / 2, 6);
  });

  it('holds out every fifth picture, the last of three or four, and none of fewer', async () => {
    const heldOut = async (pictures: number) =>
      (
        await compareCentres(people(4, (label) => (label < 2 ? pictures : 6)).store, {
          kinds: ['means'],
          settings,
        })
      )[0]!.heldOut - 2;
    expect(await Promise.all([1, 2, 3, 4, 5, 9, 10].map(heldOut))).toEqual([0, 0, 2, 2, 2, 2, 4]);
  });

  it('makes no centre from a single picture', async () => {
    const { store } = people(10, (label) => (label < 4 ? 1 : 5));
    const comparison = await compareCentres(store, { kinds: ['means', 'arcface'], settings });
    expect(comparison.map(({ classes, heldOut }) => [classes, heldOut])).toEqual([
      [6, 6],
      [6, 6],
    ]);
    for (const kind of ['means', 'arcface'] as const)
      expect((await makeCentres(kind, store, { kinds: [kind], settings })).labels).toEqual([
        4, 5, 6, 7, 8, 9,
      ]);
  });

  it('compares only the people that a file has rows for', async () => {
    const { store, truth } = people(10, () => 5);
    const part = new ClassCentres(D, truth.labels.slice(2), truth.matrix.slice(2 * D));
    const comparison = await compareCentres(store, {
      kinds: ['means', 'file'],
      settings,
      file: part,
    });
    expect(comparison.map(({ classes, heldOut }) => [classes, heldOut])).toEqual([
      [8, 8],
      [8, 8],
    ]);
  });

  it('refuses a set with nothing to hold out, and the kind file without one', async () => {
    await expect(
      compareCentres(people(5, () => 2).store, { kinds: ['means'], settings }),
    ).rejects.toMatchObject({
      code: 'bad-source',
      message: expect.stringContaining('Of 10 pictures 0 can be held out'),
    });
    await expect(
      compareCentres(people(5, () => 5).store, { kinds: ['file'], settings }),
    ).rejects.toMatchObject({ code: 'bad-config' });
    const stopped = compareCentres(people(5, () => 5).store, {
      kinds: ['means'],
      settings,
      signal: AbortSignal.abort(new Error('stopped')),
    });
    await expect(stopped).rejects.toThrow('stopped');
  });

  it("uses the run's margin for the run's kind, and the usual one for the other", async () => {
    expect(marginOf('arcface', { centres: 'arcface', margin: 0.3 })).toBe(0.3);
    expect(marginOf('cosface', { centres: 'arcface', margin: 0.3 })).toBe(0.4);
    expect(marginOf('arcface', { centres: 'first-pass', margin: 0.3 })).toBe(0.5);
    const { labels } = await makeCentres('cosface', people(4, () => 3).store, {
      kinds: ['cosface'],
      settings,
    });
    expect(labels).toEqual([0, 1, 2, 3]);
  });
});
