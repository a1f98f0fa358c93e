import { describe, expect, it } from 'vitest';
import { seededRandom } from '../core/seeded-random';
import { histogram, quantile, shareBelow } from './distribution';
import { samplePairs } from './pairs';
import { operatingPoint } from './roc';
import { spearman, spearmanInterval } from './spearman';

it('ranks values; ties share their mean rank', () => {
  expect(spearman([1, 2, 3, 4], [10, 100, 1000, 10000])).toBeCloseTo(1);
  expect(spearman([1, 2, 3, 4], [4, 3, 2, 1])).toBeCloseTo(-1);
  // scipy.stats.spearmanr([1,2,2,3],[1,3,2,2]) = 0.5
  expect(spearman([1, 2, 2, 3], [1, 3, 2, 2])).toBeCloseTo(0.5);
  expect(spearman([1, 1], [1, 2])).toBeUndefined();
});

describe('the interval of Spearman’s ρ', () => {
  /** Pictures of 30 people whose second value follows the first, with noise of the person's own. */
  function drawn(seed: number, ownNoise: number) {
    const random = seededRandom(seed);
    const own = Array.from({ length: 30 }, () => ownNoise * random.normal());
    const people = Array.from({ length: 300 }, (_, i) => i % 30);
    const a = people.map(() => random.normal());
    const b = people.map((person, i) => a[i]! + own[person]! + random.normal());
    return { a, b, people };
  }

  it('holds the ρ of other people in about 95 of 100 draws', () => {
    // By many more people: what the intervals are to hold.
    const all = Array.from({ length: 60 }, (_, seed) => drawn(1000 + seed, 1));
    const truth = all.reduce((sum, { a, b }) => sum + spearman(a, b)! / all.length, 0);
    let held = 0;
    for (let seed = 0; seed < 60; seed++) {
      const { a, b, people } = drawn(seed, 1);
      const [low, high] = spearmanInterval(a, b, people)!;
      if (low <= truth && truth <= high) held++;
    }
    expect(held).toBeGreaterThanOrEqual(52);
    expect(held).toBeLessThan(60);
  });

  it('is wider where a person’s pictures go together than pictures alone would say', () => {
    const { a, people } = drawn(3, 0);
    const first = people.map((person) => (person * 7) % 30);
    const together = people.map((person, i) => first[i]! + 6 * Math.sin(person));
    const [low, high] = spearmanInterval(first, together, people)!;
    const [lowAlone, highAlone] = spearmanInterval(first, together, [...a.keys()])!;
    expect(high - low).toBeGreaterThan(1.5 * (highAlone - lowAlone));
  });

  it('is null for few people, and where ρ is undefined', () => {
    expect(spearmanInterval([1, 2, 3, 4], [1, 2, 3, 5], [1, 1, 2, 3])).toBeNull();
    expect(spearmanInterval([1, 1, 1, 1, 1], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5])).toBeNull();
  });
});

it('finds the threshold of a FAR, but not of one that the pairs can’t measure', () => {
  const impostor = Array.from({ length: 100 }, (_, i) => i / 100);
  const genuine = [0.5, 0.995, 0.999, 2];
  const point = operatingPoint(genuine, impostor, 0.05)!;
  expect(point.far).toBeCloseTo(0.05);
  expect(point.threshold).toBeGreaterThan(0.94);
  expect(point.tar).toBe(0.75);
  expect(operatingPoint(genuine, impostor, 0.001)).toBeUndefined();
});

it('samples pairs of either kind, the same for the same seed', () => {
  const labels = [0, 0, 0, 1, 1, 2];
  const pairs = samplePairs(labels, 100, 7);
  expect(pairs.genuine).toHaveLength(4);
  expect(pairs.genuine.every(([a, b]) => labels[a] === labels[b] && a !== b)).toBe(true);
  expect(pairs.impostor.every(([a, b]) => labels[a] !== labels[b])).toBe(true);
  expect(samplePairs(labels, 100, 7)).toEqual(pairs);
});

it('draws no more genuine pairs of a person than asked for', () => {
  const labels = [...Array<number>(1000).fill(0), 1, 1, 1, 2];
  const { genuine, impostor } = samplePairs(labels, Infinity, 5, { perPerson: 4 });
  expect(genuine).toHaveLength(4 + 3);
  expect(impostor).toHaveLength(7);
  expect(genuine.filter(([a]) => labels[a] === 0)).toHaveLength(4);
  for (const [a, b] of genuine) expect(a !== b && labels[a] === labels[b]).toBe(true);
});

it('draws pairs of many pictures without listing them all, none twice', () => {
  const labels = Array.from({ length: 6000 }, (_, i) => i % 3);
  const { genuine, impostor } = samplePairs(labels, 500, 3);
  for (const [pairs, same] of [
    [genuine, true],
    [impostor, false],
  ] as const) {
    expect(new Set(pairs.map(([a, b]) => `${Math.min(a, b)} ${Math.max(a, b)}`)).size).toBe(500);
    for (const [a, b] of pairs) expect(a !== b && labels[a] === labels[b]).toBe(same);
  }
});

it('takes no two copies of one picture for a pair', () => {
  const copies = 3;
  const picturesOf = (people: number, each: number) =>
    Array.from({ length: people * each * copies }, (_, row) => Math.floor(row / copies));
  // So many pairs that they are drawn without being listed; and as few as there are.
  for (const [people, each, drawn] of [
    [3, 200, 500],
    [20, 2, 180],
    [20, 1, 0],
  ] as const) {
    const pictures = picturesOf(people, each);
    const labels = pictures.map((picture) => Math.floor(picture / each));
    const { genuine } = samplePairs(labels, 500, 3, { pictures });
    expect(genuine).toHaveLength(drawn);
    expect(new Set(genuine.map(([a, b]) => a * labels.length + b)).size).toBe(drawn);
    for (const [a, b] of genuine)
      expect([labels[a] === labels[b], pictures[a] === pictures[b]]).toEqual([true, false]);
  }
});

it('describes distributions', () => {
  expect(quantile([1, 2, 3], 0.5)).toBe(2);
  expect(shareBelow([1, 2, 3, 4], 3)).toBe(0.5);
  const bins = histogram([1, 1, 2], [0, 0, 1], 4);
  expect(bins.reduce((sum, bin) => sum + bin.genuine, 0)).toBeCloseTo(1);
});
