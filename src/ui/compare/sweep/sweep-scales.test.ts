import { expect, it } from 'vitest';
import type { SweepKind } from '../../../studio/protocol';
import { flipLevel, flipText, sweptMargin, type SweptMethod } from './sweep-scales';

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
