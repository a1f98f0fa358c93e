import { describe, expect, it } from 'vitest';
import golden from '../../../test/fixtures/ijb/golden.json';
import { createMethod } from '../../confidence/methods';
import { seededRandom } from '../../core/seeded-random';
import { ijbFigures } from './ijb-figures';
import { scoreIjbPairs } from './ijb-scores';
import { syntheticRelease } from './ijb-synthetic';
import { createPooling, type IjbFace } from './ijb-templates';

describe('a whole release', () => {
  const small = golden[0]!;
  const release = syntheticRelease(small.people, small.pairs);

  it.each(['cosine', 'scf'] as const)(
    'has the figures of NumPy and scikit-learn, by %s',
    async (name) => {
      let yields = 0;
      const progress: number[] = [];
      const scores = await scoreIjbPairs({
        ...release,
        method: createMethod(name, { radius: 64 }),
        onProgress: (done) => progress.push(done),
        yieldToEventLoop: async () => void yields++,
      });
      const { tarAtFar, auc, genuine } = ijbFigures(scores.genuine, scores.impostor);
      expect(genuine).toBe(2000);
      expect(tarAtFar).toEqual(small[name].tarAtFar);
      expect(Math.abs(auc - small[name].auc)).toBeLessThan(1e-9);
      expect([yields, progress.at(-1)]).toEqual([3, 200_000]);
    },
  );

  it('leaves out pairs of missing templates, and counts them', async () => {
    const templates = release.templates.map((template, i) => (i === 0 ? null : template));
    const { lost, genuine } = await scoreIjbPairs({
      ...release,
      templates,
      method: createMethod('cosine', { radius: 64 }),
    });
    expect(genuine.length).toBe(2000 - 4);
    expect(lost).toBeGreaterThan(4);
  });
});

it('the ROC point nearest to a FAR is found where scores tie', () => {
  const random = seededRandom(9);
  for (let trial = 0; trial < 200; trial++) {
    const draw = (count: number, offset: number) =>
      Float64Array.from({ length: count }, () => Math.round(3 * (offset + random.normal())));
    const [genuine, impostor] = [draw(30, 1), draw(40, 0)];
    const thresholds = [Infinity, ...new Set([...genuine, ...impostor])];
    const points = thresholds.map((t) => ({
      far: impostor.filter((score) => score >= t).length / 40,
      tar: genuine.filter((score) => score >= t).length / 30,
    }));
    const nearest = (far: number) => {
      const distance = Math.min(...points.map((point) => Math.abs(point.far - far)));
      return Math.max(
        ...points
          .filter((point) => Math.abs(point.far - far) <= distance + 1e-12)
          .map(({ tar }) => tar),
      );
    };
    const fars = [0.03, 0.05, 0.1, 0.3, 0.9];
    const { tarAtFar } = ijbFigures(genuine.slice(), impostor.slice(), fars);
    expect(tarAtFar, `trial ${trial}`).toEqual(
      Object.fromEntries(fars.map((far) => [String(far), nearest(far)])),
    );
  }
});

describe('templates', () => {
  const face = (values: number[], kappa: number, detectorScore: number): IjbFace => ({
    embedding: Float32Array.from(values),
    concentrations: [Float32Array.of(kappa)],
    detectorScore,
  });
  // Two media, of two pictures and of one.
  const media = [[face([3, 0], 4, 0.5), face([0, 1], 1, 1)], [face([0, 2], 2, 1)]];
  const pooled = (pooling: ReturnType<typeof createPooling>) => {
    for (const faces of media) {
      faces.forEach((each) => pooling.add(each));
      pooling.endMedia();
    }
    return pooling.finish().face!;
  };
  const direction = (x: number, y: number) => [x / Math.hypot(x, y), y / Math.hypot(x, y)];

  it.each([
    // The mean of (1.5, 0) and (0, 1) in the first media, then the sum with (0, 2).
    [{ norm: true, detectorScore: true }, direction(0.75, 2.5)],
    [{ norm: true, detectorScore: false }, direction(1.5, 2.5)],
    [{ norm: false, detectorScore: false }, direction(0.5, 1.5)],
    [{ norm: false, detectorScore: true }, direction(0.25, 1.5)],
  ])('of the baseline, weighted by %j', (options, expected) => {
    const { mu } = pooled(
      createPooling({ method: createMethod('cosine', { radius: 64 }), head: null }, options),
    );
    expected.forEach((value, i) => expect(mu[i]).toBeCloseTo(value, 6));
  });

  it('of SCF, by κ within a media and by the media’s mean κ over them', () => {
    const { mu, concentration } = pooled(
      createPooling(
        { method: createMethod('scf', { radius: 64 }), head: 0 },
        { norm: true, detectorScore: true },
      ),
    );
    // The first media: direction of (4, 1), κ 2.5; then 2.5 of that and 2 of (0, 1).
    const [x, y] = direction(4, 1) as [number, number];
    direction(2.5 * x, 2.5 * y + 2).forEach((value, i) => expect(mu[i]).toBeCloseTo(value, 6));
    expect(concentration[0]).toBeCloseTo(2.25, 6);
  });

  it('that cancel to nothing are no template, and the next one is', () => {
    const baseline = { norm: true, detectorScore: false };
    for (const [name, head] of [
      ['cosine', null],
      ['scf', 0],
    ] as const) {
      const pooling = createPooling({ method: createMethod(name, { radius: 64 }), head }, baseline);
      pooling.add(face([1, 0], 1, 1));
      pooling.add(face([-1, 0], 1, 1));
      expect(pooling.finish(), name).toEqual({ face: null, withoutScores: false });
      pooling.add(face([0, 2], 1, 1));
      expect([...pooling.finish().face!.mu], name).toEqual([0, 1]);
    }
  });

  it('whose detector scores are all 0 or below are pooled as if all had the same', () => {
    const cosine = { method: createMethod('cosine', { radius: 64 }), head: null };
    const weighed = createPooling(cosine, { norm: true, detectorScore: true });
    const plain = createPooling(cosine, { norm: true, detectorScore: false });
    for (const score of [0, -1]) {
      for (const [x, y] of [
        [3, 0],
        [1, 2],
      ] as const)
        for (const pooling of [weighed, plain]) pooling.add(face([x, y], 1, score));
      expect(weighed.finish()).toEqual({ face: plain.finish().face, withoutScores: true });
    }
    // A score below 0 among others has no weight, and flips nothing.
    weighed.add(face([0, 1], 1, -1));
    weighed.add(face([2, 0], 1, 0.5));
    expect(weighed.finish()).toEqual({
      face: { mu: Float32Array.of(1, 0), concentration: new Float32Array() },
      withoutScores: false,
    });
  });
});
