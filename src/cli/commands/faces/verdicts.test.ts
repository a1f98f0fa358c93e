import { describe, expect, it } from 'vitest';
import type { HeadReading } from '../../../training/session/run-events';
import { farOf, referenceText, scoreLines, verdictsOn } from './verdicts';

const range = (n: number, from: number) => Float32Array.from({ length: n }, (_, i) => from + i);
const pairs = { step: 1, policy: 'full', genuine: range(50, 1000), impostor: range(200, 0) };
/** Of the impostor scores 0 to 199, one in ten is 180 or more. */
const reading: HeadReading = {
  policy: 'full',
  kappa: null,
  distributions: [
    { ...pairs, method: 'scf' } as const,
    { ...pairs, method: 'cosine' } as const,
  ] as HeadReading['distributions'],
};
const scores = { cosine: 0.5, scf: 200, 'scf-calibrated': 3 };
const head = { name: 'scf.safetensors' };

describe('verdictsOn', () => {
  it('accepts at the threshold of the rate, by each method that the head has pairs of', () => {
    const verdicts = verdictsOn(scores, reading, 0.1);
    expect(Object.keys(verdicts).sort()).toEqual(['cosine', 'scf']);
    expect(verdicts.scf).toMatchObject({ accepted: true, far: 0.1 });
    expect(verdicts.scf!.threshold).toBeCloseTo(179, 9);
    expect(verdicts.cosine).toMatchObject({ accepted: false });
    expect(verdictsOn({ ...scores, scf: 179 }, reading, 0.1).scf!.accepted).toBe(false);
  });

  it('refuses pairs that were read under another policy', () => {
    expect(() => verdictsOn(scores, { ...reading, policy: 'single' }, 0.1)).toThrow(RangeError);
  });

  it('gives none without a reading, or at a rate that the pairs can’t measure', () => {
    expect(verdictsOn(scores, null, 0.1)).toEqual({});
    expect(verdictsOn(scores, reading, 0.01)).toEqual({});
  });
});

describe('scoreLines and referenceText', () => {
  it('say the verdict first, then each method’s margin, and what it was measured on', () => {
    const lines = scoreLines(scores, verdictsOn(scores, reading, 0.1));
    expect(lines).toEqual([
      'Verdict by SCF: the same person.',
      'SCF, calibrated: 3.00',
      'SCF:             200.00, the same person: 21.00 above the threshold 179.00',
      'Cosine:          0.5000, not the same person: 178.5000 below the threshold 179.0000',
    ]);
    expect(referenceText(reading, 0.1, head)).toMatch(
      /rate of 1 in 10, .*50 pairs of one person and 200 of two.*\(full: .*Few pairs decide/,
    );
  });

  it('say why there is no verdict', () => {
    expect(scoreLines(scores, {})[0]).toBe('SCF, calibrated: 3.00');
    expect(referenceText(null, 0.01, null)).toContain('there is none');
    expect(referenceText(null, 0.01, head)).toContain('has no scores of validation pairs');
    expect(referenceText(reading, 0.01, head)).toMatch(
      /1 in 100 takes at least 1,000 pairs .* has 200\./,
    );
  });
});

it.each(['0', '1', '-0.1', 'often', ''])('--far %j is refused', (text) => {
  expect(() => farOf(text)).toThrow(/a share between 0 and 1/);
});
