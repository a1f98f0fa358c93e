import { expect, it } from 'vitest';
import { Resampling, resamplesFor } from './resampling';
import { evidenceAt, impostorsNeeded, needsPairs } from './rule-of-thirty';
import { subjectsOf } from './subjects';

it('weighs a genuine pair by its person, an impostor pair by the product of two', () => {
  const pairs = [
    { people: ['a', 'a'], same: true },
    { people: ['b', 'b'], same: true },
    { people: ['a', 'b'], same: false },
    { people: ['a', 'a'], same: true },
  ] as const;
  const resampling = new Resampling(pairs, 1);
  expect([resampling.over, resampling.units]).toEqual(['people', 2]);
  const weights = new Float64Array(4);
  const seen = new Set<string>();
  for (let resample = 0; resample < 50; resample++) {
    resampling.weigh(resample, weights);
    const [a, b, both, again] = weights;
    expect([a! + b!, both, again]).toEqual([2, a! * b!, a]);
    seen.add(`${a} ${b}`);
  }
  expect([...seen].sort()).toEqual(['0 2', '1 1', '2 0']);
});

it('draws pairs where one of them names nobody', () => {
  const resampling = new Resampling([{ people: ['a', 'b'], same: false }, { same: true }], 1);
  expect([resampling.over, resampling.units]).toEqual(['pairs', 2]);
  const weights = new Float64Array(2);
  resampling.weigh(3, weights);
  expect(weights[0]! + weights[1]!).toBe(2);
});

it('takes names that genuine pairs connect for one person', () => {
  const { subjects, count } = subjectsOf([4, 0, 1, 3], [1, 2, 3, 2], [1, 1, 1, 0], 5);
  expect([...subjects]).toEqual([0, 1, 0, 1, 1]);
  expect(count).toBe(2);
});

it('takes fewer resamples of very many scores', () => {
  expect([3200, 1e6, 1e9].map((scores) => resamplesFor(scores, 4e8))).toEqual([1000, 400, 200]);
});

it('prints a rate from 10 impostor pairs above the threshold on, with a mark below 30', () => {
  const evidence = [999, 1000, 2999, 3000].map((impostors) => evidenceAt(1e-2, impostors));
  expect(evidence).toEqual(['none', 'few', 'few', 'enough']);
  expect([1e-1, 1e-3, 1e-5].map(impostorsNeeded)).toEqual([100, 10_000, 1_000_000]);
  expect(needsPairs(1e-3)).toBe('needs 10,000 pairs');
});
