import { expect, it } from 'vitest';
import type { SweepKind } from '../../../studio/protocol';
import { flipLevel, flipText, sweepLesson, sweptMargin, type SweptMethod } from './sweep-scales';

const cosine: SweptMethod = {
  method: 'cosine',
  name: 'Cosine',
  scale: { threshold: 0.5, deviation: 0.1 },
};
const scf: SweptMethod = { method: 'scf', name: 'SCF', scale: { threshold: -1200, deviation: 50 } };
const points: SweepKind['points'] = [0.7, 0.6, 0.45, 0.3].map((score, i) => ({
  level: i / 4,
  crop: new Uint8ClampedArray(),
  kappa: 100,
  scores: { cosine: score, scf: -1000 - 50 * i },
}));

it('finds where a verdict flips, on the scale of the verdict’s axis', () => {
  expect(sweptMargin(points[0]!, cosine)).toBeCloseTo(2, 9);
  expect(flipLevel(points, cosine)).toBe(0.5);
  expect(flipLevel(points, scf)).toBeNull();
  expect(flipText(points, [scf, cosine])).toBe(
    'SCF says the same person throughout; Cosine changes its verdict at 0.50.',
  );
  expect(sweptMargin(points[0]!, { ...scf, method: 'pfe-v' })).toBeNull();
});

it('counts how often each method is right, where the truth is known', () => {
  const kinds: SweepKind[] = [
    { kind: 'blur', points },
    { kind: 'noise', points: points.slice(2) },
  ];
  // Cosine accepts the first two of the four points.
  expect(sweepLesson(kinds, [scf, cosine], 'same-person')).toBe(
    'In truth: the same person. Of 6 comparisons, SCF is right in 6, Cosine is right in 2.',
  );
  expect(sweepLesson(kinds, [cosine], 'one-picture')).toMatch(/^In truth: the same person\./);
  expect(sweepLesson(kinds, [cosine], 'different-people')).toBe(
    'In truth: different people. Of 6 comparisons, Cosine is right in 4.',
  );
  expect(sweepLesson(kinds, [cosine], null)).toBe(
    'Of 6 comparisons, Cosine says the same person in 2.',
  );
  expect(sweepLesson(kinds, [], 'same-person')).toBeNull();
});
