import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNodeWasm } from '../../cli/node/node-backend';
import { seededRandom } from '../../core/seeded-random';
import { dot, normalised } from '../../core/vector';
import { ClassSampler } from '../data/class-sampler';
import { EmbeddingStore } from '../data/embedding-store';
import { trainMarginClassifier, type ClassifierSettings } from './margin-classifier';
import { marginStep } from './margin-loss';
import type { MarginSettings } from '../objectives/margin';

const random = seededRandom(11);
const direction = (d: number) =>
  normalised(Float32Array.from({ length: d }, () => random.normal())).unit;
const stacked = (rows: readonly Float32Array[]) =>
  Float32Array.from(rows.flatMap((row) => [...row]));

/** The summed cross entropy divided by s, computed in float64. */
function plainLoss(
  x: readonly Float32Array[],
  targets: readonly number[],
  rows: readonly Float64Array[],
  { kind, margin, scale }: MarginSettings,
): number {
  let loss = 0;
  x.forEach((embedding, i) => {
    const logits = rows.map((row, j) => {
      const length = Math.hypot(...row);
      const cosine = row.reduce((sum, value, at) => sum + value * embedding[at]!, 0) / length;
      if (j !== targets[i]) return scale * cosine;
      if (kind === 'cosface') return scale * (cosine - margin);
      const angle = Math.acos(cosine);
      return (
        scale *
        (angle < Math.PI - margin ? Math.cos(angle + margin) : cosine - margin * Math.sin(margin))
      );
    });
    const largest = Math.max(...logits);
    loss +=
      largest +
      Math.log(logits.reduce((sum, z) => sum + Math.exp(z - largest), 0)) -
      logits[targets[i]!]!;
  });
  return loss / scale;
}

/** Noisy pictures of a few people, some of whom look alike. */
function people(identities: number, pictures: number, noise: number, d = 16): EmbeddingStore {
  const store = new EmbeddingStore(d);
  const means = Array.from({ length: identities }, () => direction(d));
  const pair = (label: number) =>
    label % 2 === 1
      ? means[label]!.map((value, i) => 0.7 * means[label - 1]![i]! + 0.5 * value)
      : means[label]!;
  for (let picture = 0; picture < pictures; picture++) {
    for (let label = 0; label < identities; label++) {
      const stray = direction(d);
      store.add(
        100 + label,
        normalised(pair(label).map((value, i) => value + noise * stray[i]!)).unit,
      );
    }
  }
  return store;
}

const settings: ClassifierSettings = {
  kind: 'arcface',
  margin: 0.3,
  scale: 32,
  epochs: 30,
  negativeShare: 1,
  seed: 5,
  batchSize: 32,
};

/**
 * The share of pictures whose nearest row is their own; and the mean margin: the cosine to the own
 * row less that to the nearest other.
 */
function judged(
  store: EmbeddingStore,
  centres: Awaited<ReturnType<typeof trainMarginClassifier>>,
): { top1: number; margin: number } {
  let [right, margin] = [0, 0];
  store.labels.forEach((label, i) => {
    const own = centres.cosTheta(label, store.embedding(i))!;
    const other = Math.max(
      ...centres.labels
        .filter((each) => each !== label)
        .map((each) => centres.cosTheta(each, store.embedding(i))!),
    );
    if (own > other) right++;
    margin += (own - other) / store.labels.length;
  });
  return { top1: right / store.labels.length, margin };
}

describe.each(['wasm', 'cpu'])('on %s', (backend) => {
  beforeAll(async () => {
    await startNodeWasm();
    await tf.setBackend(backend);
  });
  afterAll(async () => void (await tf.setBackend('wasm')));

  it.each<MarginSettings>([
    { kind: 'arcface', margin: 0.5, scale: 8 },
    { kind: 'arcface', margin: 1, scale: 64 },
    { kind: 'cosface', margin: 0.4, scale: 8 },
  ])("the gradient is the loss's own: $kind, $margin, $scale", async (margins) => {
    const [d, targets] = [5, [0, 2, 2, 1]];
    const x = targets.map(() => direction(d));
    // The first picture is opposite its row, where θ + m would exceed π.
    const rows = [x[0]!.map((value) => -value), ...Array.from({ length: 3 }, () => direction(d))];
    rows[0] = normalised(rows[0]!.map((value, i) => value + 0.05 * x[1]![i]!)).unit;
    const { loss, gradients } = await marginStep(
      stacked(x),
      Int32Array.from(targets),
      stacked(rows),
      d,
      margins,
    );
    const wide = rows.map((row) => Float64Array.from(row));
    expect((loss * targets.length) / margins.scale).toBeCloseTo(
      plainLoss(x, targets, wide, margins),
      4,
    );
    const { data } = gradients[0]!;
    rows.forEach((row, j) => {
      const found = data.subarray(j * d, (j + 1) * d);
      const along = dot(found, row);
      for (let i = 0; i < d; i++) {
        const at = (step: number) => {
          const moved = wide.map((each) => each.slice());
          moved[j]![i]! += step;
          return plainLoss(x, targets, moved, margins);
        };
        expect(found[i]! - along * row[i]!).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 3);
      }
    });
  });

  it('takes one softmax over more rows than fit into one tensor', async () => {
    const [d, classes] = [3, 16_390];
    const rows = Array.from({ length: classes }, () => direction(d));
    const targets = [3, 16_383, 16_384, 16_389];
    const x = targets.map(
      (target) => normalised(rows[target]!.map((value) => value + 0.3 * random.normal())).unit,
    );
    const margins: MarginSettings = { kind: 'arcface', margin: 0.5, scale: 16 };
    const { loss, correct, gradients } = await marginStep(
      stacked(x),
      Int32Array.from(targets),
      stacked(rows),
      d,
      margins,
    );
    const wide = rows.map((row) => Float64Array.from(row));
    expect((loss * 4) / 16).toBeCloseTo(plainLoss(x, targets, wide, margins), 3);
    expect(correct).toBe(
      targets.filter((target, i) =>
        rows.every((row, j) => j === target || dot(row, x[i]!) < dot(rows[target]!, x[i]!)),
      ).length,
    );
    expect(gradients.map(({ from, data }) => [from, data.length / d])).toEqual([
      [0, 16_384],
      [16_384, 6],
    ]);
    const [row, found] = [wide[16_389]!, gradients[1]!.data.subarray(5 * d)];
    const along = dot(found, rows[16_389]!);
    for (let i = 0; i < d; i++) {
      const at = (step: number) =>
        plainLoss(
          x,
          targets,
          [...wide.slice(0, 16_389), row.map((value, j) => value + (i === j ? step : 0))],
          margins,
        );
      expect(found[i]! - along * row[i]!).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 3);
    }
  });

  it('finds a row for everyone and separates neighbours, from any initial rows', async () => {
    const store = people(12, 10, 0.6);
    for (const kind of ['arcface', 'cosface'] as const) {
      const start = judged(
        store,
        await trainMarginClassifier(store, { ...settings, kind, epochs: 1, margin: 0 }),
      );
      const centres = await trainMarginClassifier(store, { ...settings, kind });
      const found = judged(store, centres);
      expect(found.top1).toBeGreaterThan(0.95);
      expect(found.margin).toBeGreaterThan(start.margin);
      for (const label of centres.labels)
        expect(dot(centres.row(label)!, centres.row(label)!)).toBeCloseTo(1, 5);
      const elsewhere = await trainMarginClassifier(store, {
        ...settings,
        kind,
        initial: 'random',
      });
      expect(judged(store, elsewhere).top1).toBeGreaterThan(0.95);
      const nearness = centres.labels.reduce(
        (sum, label) =>
          sum + dot(centres.row(label)!, elsewhere.row(label)!) / centres.labels.length,
        0,
      );
      expect(nearness).toBeGreaterThan(0.95);
    }
  });
});

describe('a margin classifier', () => {
  beforeAll(startNodeWasm);

  it('gives the same rows for the same seed, and leaves no tensor behind', async () => {
    const store = people(9, 6, 0.5);
    const before = tf.memory().numTensors;
    const [once, again, other] = await Promise.all(
      [5, 5, 6].map((seed) =>
        trainMarginClassifier(store, { ...settings, seed, negativeShare: 0.5 }),
      ),
    );
    expect(again!.matrix).toEqual(once!.matrix);
    expect(other!.matrix).not.toEqual(once!.matrix);
    expect(once!.labels).toEqual(Array.from({ length: 9 }, (_, i) => 100 + i));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('finds nearly the same rows with a share of the classes in each step', async () => {
    const store = people(60, 6, 0.5);
    const [all, some] = [
      await trainMarginClassifier(store, settings),
      await trainMarginClassifier(store, {
        ...settings,
        epochs: 15,
        batchSize: 12,
        negativeShare: 0.4,
      }),
    ];
    const nearness = all.labels.map((label) => dot(all.row(label)!, some.row(label)!));
    expect(nearness.reduce((sum, value) => sum + value, 0) / 60).toBeGreaterThan(0.95);
    expect(judged(store, some).top1).toBeGreaterThan(judged(store, all).top1 - 0.03);
  });

  it('reports progress with a falling loss, and stops when aborted', async () => {
    const store = people(10, 8, 0.5);
    const seen: { epoch: number; done: number; total: number; loss: number; accuracy: number }[] =
      [];
    await trainMarginClassifier(
      store,
      { ...settings, epochs: 8 },
      { onProgress: (progress) => seen.push(progress) },
    );
    const [first, last] = [seen[0]!, seen.at(-1)!];
    expect([seen.length, last.epoch, last.done, last.total]).toEqual([24, 8, 640, 640]);
    expect(last.loss).toBeLessThan(first.loss);
    expect(last.accuracy).toBeGreaterThan(0.9);
    const stop = new AbortController();
    const stopped = trainMarginClassifier(store, settings, {
      signal: stop.signal,
      onProgress: ({ done }) => done > 100 && stop.abort(new Error('stopped')),
    });
    await expect(stopped).rejects.toThrow('stopped');
  });

  it('refuses too many pictures and too few people', async () => {
    expect(() => new EmbeddingStore(512, 600_000)).toThrow(
      expect.objectContaining({
        code: 'bad-config',
        message: expect.stringContaining(
          'those of 600,000 pictures take more than its 1024 MiB, which are enough for 524,288',
        ),
      }),
    );
    const small = new EmbeddingStore(4, 0, 32);
    small.add(1, direction(4));
    small.add(1, direction(4));
    expect(() => small.add(2, direction(4))).toThrow(
      expect.objectContaining({ code: 'bad-config' }),
    );
    await expect(trainMarginClassifier(small, settings)).rejects.toThrow(
      expect.objectContaining({ code: 'bad-source' }),
    );
  });

  it('starts from a random row if pictures cancel each other out', async () => {
    const store = new EmbeddingStore(4);
    const one = direction(4);
    for (const [label, unit] of [
      [0, one],
      [0, one.map((value) => -value)],
      [1, direction(4)],
    ] as const)
      store.add(label, unit);
    const { matrix } = await trainMarginClassifier(store, { ...settings, epochs: 3 });
    expect(matrix.every(Number.isFinite)).toBe(true);
  });
});

describe('a sampler of classes', () => {
  it("puts the batch's own classes first, once each, and then random others", () => {
    const sampler = new ClassSampler(50, 0.2, seededRandom(1));
    const seen = new Set<number>();
    for (let step = 0; step < 100; step++) {
      const own = [7, 3, 7, 40];
      const { rows, targets } = sampler.sample(own);
      expect([...rows!.slice(0, 3)]).toEqual([7, 3, 40]);
      expect([...targets]).toEqual([0, 1, 0, 2]);
      expect(rows).toHaveLength(10);
      expect(new Set(rows).size).toBe(10);
      rows!.forEach((row) => seen.add(row));
    }
    expect(seen.size).toBe(50);
  });

  it("takes all classes in order, or at least the batch's own and one more", () => {
    expect(new ClassSampler(5, 1, seededRandom(1)).sample([4, 0])).toEqual({
      rows: null,
      targets: Int32Array.of(4, 0),
    });
    expect(new ClassSampler(5, 0.01, seededRandom(1)).sample([4, 0]).rows).toHaveLength(3);
    expect([...new ClassSampler(3, 0.01, seededRandom(1)).sample([2, 0, 1]).rows!]).toEqual([
      2, 0, 1,
    ]);
  });
});
