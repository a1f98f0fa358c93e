import { describe, expect, it } from 'vitest';
import golden from '../../../test/fixtures/ijb/golden.json';
import { createMethod } from '../../confidence/methods';
import { seededRandom } from '../../core/seeded-random';
import { drawTimes, pairWeight } from '../statistics/resampling';
import { IJB_FARS, ijbFigures } from './ijb-figures';
import { withIntervals, type ResampledRates } from './ijb-intervals';
import { IjbResampling, resampledTars } from './ijb-resampling';
import { sortInPieces } from './sort-in-pieces';
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
      // Two of the impostor pairs would lie above the threshold of a FAR of 1e-5, too few.
      expect(tarAtFar).toEqual({ ...small[name].tarAtFar, '0.00001': null });
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
    const [genuine, impostor] = [draw(30, 1), draw(400, 0)];
    const thresholds = [Infinity, ...new Set([...genuine, ...impostor])];
    const points = thresholds.map((t) => ({
      far: impostor.filter((score) => score >= t).length / 400,
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

describe('resamples of people', () => {
  /** Twelve people with three templates each, all pairs of them; some scores are equal. */
  function drawn(seed: number) {
    const random = seededRandom(seed);
    const [first, second, same, scores] = [[], [], [], []] as number[][];
    for (let a = 0; a < 36; a++) {
      for (let b = a + 1; b < 36; b++) {
        const isSame = a % 12 === b % 12;
        first!.push(a % 12);
        second!.push(b % 12);
        same!.push(Number(isSame));
        scores!.push(Math.round(5 * (random.normal() + (isSame ? 1.5 : 0))) / 5);
      }
    }
    const ofKind = (kind: number) => same!.flatMap((each, i) => (each === kind ? [i] : []));
    const scored = {
      genuine: Float64Array.from(ofKind(1), (i) => scores![i]!),
      impostor: Float64Array.from(ofKind(0), (i) => scores![i]!),
      genuinePairs: Uint32Array.from(ofKind(1)),
      impostorPairs: Uint32Array.from(ofKind(0)),
      lost: 0,
    };
    return { scored, first: Int32Array.from(first!), second: Int32Array.from(second!) };
  }
  const fars = [0.02, 0.05, 0.1, 0.5, 1];

  it('have the figures of the pairs, each as often as its people are drawn', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const { scored, first, second } = drawn(seed);
      const resampling = new IjbResampling(first, second, 12, seed, 8);
      const tars = await resampledTars(scored, fars, resampling);
      const times = new Int32Array(12);
      for (let resample = 0; resample < 8; resample++) {
        drawTimes(times, seed, resample);
        const repeated = (scores: Float64Array, pairs: Uint32Array) =>
          Float64Array.from(
            [...scores].flatMap((score, i) =>
              Array<number>(pairWeight(times, first[pairs[i]!]!, second[pairs[i]!]!)).fill(score),
            ),
          );
        const plain = ijbFigures(
          repeated(scored.genuine, scored.genuinePairs),
          repeated(scored.impostor, scored.impostorPairs),
          fars,
        );
        expect(tars.map((values) => values[resample])).toEqual(
          fars.map((far) => plain.tarAtFar[String(far)]),
        );
      }
    }
  });

  it('give intervals around the figures, and around the differences from cosine', async () => {
    const { scored, first, second } = drawn(7);
    const resampling = new IjbResampling(first, second, 12, 1, 300);
    const measure = async (shift: number, cosine: ResampledRates | null) => {
      const shifted = { ...scored, genuine: scored.genuine.map((score) => score + shift) };
      const resampled = await resampledTars(shifted, IJB_FARS, resampling);
      const plain = ijbFigures(shifted.genuine, shifted.impostor.slice());
      return withIntervals(plain, resampled, cosine);
    };
    const cosine = await measure(0, null);
    const { tarAtFar, intervals, differences } = cosine.figures;
    expect(intervals.tarAtFar['0.1']![0]).toBeLessThan(tarAtFar['0.1']!);
    expect(intervals.tarAtFar['0.1']![1]).toBeGreaterThan(tarAtFar['0.1']!);
    // 594 impostor pairs: five above the threshold.
    expect([tarAtFar['0.01'], intervals.tarAtFar['0.01'], differences]).toEqual([null, null, null]);
    const better = (await measure(1, cosine.measured)).figures.differences!.tarAtFar['0.1']!;
    expect(better.interval![0]).toBeGreaterThan(0);
    expect((await measure(0, cosine.measured)).figures.differences!.tarAtFar['0.1']).toEqual({
      value: 0,
      interval: [0, 0],
    });
  });
});

describe('scores that are sorted in pieces', () => {
  const random = seededRandom(3);
  const values = Float64Array.from({ length: 1000 }, () => Math.round(50 * random.normal()) + 0);

  it.each([1, 7, 64, 500, 999, 1000, 4096])('of %d are in order', async (piece) => {
    const sorted = values.slice();
    await sortInPieces(sorted, { piece });
    expect(sorted).toEqual(values.slice().sort());
    const order = Uint32Array.from(values, (_, i) => i);
    await sortInPieces(order, { piece, compare: (a, b) => values[b]! - values[a]! });
    const expected = [...values.keys()].sort((a, b) => values[b]! - values[a]!);
    expect([...order]).toEqual(expected);
  });

  it('let others have a turn, who may end it', async () => {
    let turns = 0;
    const yieldToEventLoop = () => (++turns < 5 ? Promise.resolve() : Promise.reject(new Error()));
    await expect(sortInPieces(values.slice(), { piece: 10, yieldToEventLoop })).rejects.toThrow();
    expect(turns).toBe(5);
  });
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
