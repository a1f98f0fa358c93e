import { expect, it } from 'vitest';
import { validate } from './validation';

it('correlates κ with cos θ over all pictures, and over those that are not degraded', () => {
  const kappa = [900, 700, 800, 100, 200];
  const cosines = [0.9, 0.8, 0.7, 0.2, 0.1];
  const severities = [NaN, 0, NaN, 0.4, 1];
  const held = {
    faces: kappa.map((value) => ({ mu: Float32Array.of(1, 0), concentration: Float32Array.of(value) })),
    labels: [1, 1, 2, 2, 3],
    pairs: { genuine: [], impostor: [] },
  };
  const settings = {
    method: 'scf',
    mode: 'exact',
    dimension: 512,
    radius: 64,
    picturesPerIdentity: 4,
  } as const;
  const result = validate(held, severities, (row) => cosines[row], settings, { step: 1, epoch: 1 });
  // Ranks 5 3 4 1 2 against 5 4 3 2 1: ρ = 1 − 6 · 4 / 120. Of the first three: 1 − 6 · 2 / 24.
  expect(result!.spearman).toBeCloseTo(0.8, 12);
  expect(result!.spearmanClean).toBeCloseTo(0.5, 12);
  const degraded = validate(
    held,
    severities.map(() => 1),
    (row) => cosines[row],
    settings,
    {
      step: 1,
      epoch: 1,
    },
  );
  expect(degraded!.spearmanClean).toBeNull();
});
