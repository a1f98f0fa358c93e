import { describe, expect, it } from 'vitest';
import type { HeadReading } from '../../../training/session/run-events';
import {
  decisive,
  heldScores,
  measurableRate,
  noVerdictText,
  unmeasurableText,
  verdictOn,
} from './verdict';

const range = (n: number, from: number) => Float32Array.from({ length: n }, (_, i) => from + i);
const pairs = { step: 1, policy: 'full' as const, genuine: range(500, 900) };
const quantiles = Array.from({ length: 101 }, (_, i) => 100 + i);
/** 2,000 impostors, of whom one in a hundred scores 1,980 or more; no calibrated pairs. */
const reading: HeadReading = {
  policy: 'full',
  kappa: { all: quantiles, clean: quantiles, pictures: 300, cleanPictures: 100, spearman: 0.9 },
  distributions: [
    { ...pairs, method: 'scf', impostor: range(2000, 0) },
    { ...pairs, method: 'cosine', impostor: range(2000, -1) },
  ],
};
const calibrated: HeadReading = {
  ...reading,
  distributions: [
    ...reading.distributions,
    { ...pairs, method: 'scf-calibrated', impostor: range(2000, 0) },
  ],
};
const pair = { policy: 'full', scores: { cosine: 0.5, scf: 1990, 'scf-calibrated': 3 } } as const;

describe('the score that decides', () => {
  it('is the calibrated one by default, and the chosen one if it can be held against pairs', () => {
    const held = heldScores(pair, calibrated);
    expect(held.map(({ method }) => method)).toEqual(['scf-calibrated', 'scf', 'cosine']);
    expect(decisive(held, null)?.method).toBe('scf-calibrated');
    expect(decisive(held, 'cosine')?.method).toBe('cosine');
    expect(decisive(heldScores(pair, reading), 'scf-calibrated')?.method).toBe('scf');
  });

  it('is none without pairs of the same policy', () => {
    expect(decisive(heldScores(pair, null), null)).toBeUndefined();
    expect(() => heldScores(pair, { ...reading, policy: 'single' })).toThrow(RangeError);
  });
});

describe('the verdict', () => {
  it('is against the threshold of the method’s own pairs', () => {
    const [scf, cosine] = heldScores(pair, reading);
    expect(verdictOn(scf!, 0.01)).toMatchObject({ accepted: true, point: { evidence: 'few' } });
    expect(verdictOn(scf!, 0.01)!.point.threshold).toBeCloseTo(1979, 6);
    expect(verdictOn(cosine!, 0.1)).toMatchObject({
      accepted: false,
      point: { evidence: 'enough' },
    });
  });

  it('needs ten impostor pairs above its threshold', () => {
    const [scf] = heldScores(pair, reading);
    expect(verdictOn(scf!, 0.001)).toBeNull();
    expect(measurableRate(0.001, 10_000)).toBe(0.001);
    expect(measurableRate(0.001, 9_999)).toBe(0.01);
    expect(measurableRate(0.1, 99)).toBeNull();
    expect(unmeasurableText(4000)).toBe(
      '1 in 1,000 needs 10,000 pairs of two people, and there are 4,000.',
    );
    expect(unmeasurableText(10_000)).toBeNull();
  });
});

describe('the words', () => {
  it('say why there is no verdict, and what to do', () => {
    expect(noVerdictText(null, 'full', false)).toMatch(/there is none\. Train one/);
    expect(noVerdictText('old.safetensors', 'full', false)).toMatch(
      /^There is no verdict: the head in use \(old\..* has no scores.*\(full: .*another head\.$/,
    );
    expect(noVerdictText('the run', 'single', true)).toMatch(/made when the run ends/);
  });
});
