import { expect, it } from 'vitest';
import { validate, type ValidationFace } from './validation';

it('correlates κ with cos θ over all pictures, and over those that are not degraded', () => {
  const cosines = [0.9, 0.8, 0.7, 0.2, 0.1, 0.3];
  const severities = [NaN, 0, NaN, 0.4, 1, NaN];
  const faces = [900, 700, 800, 100, 200, 300].map((kappa, row): ValidationFace => ({
    mu: Float32Array.of(1, 0),
    concentration: Float32Array.of(kappa),
    label: row >> 1,
    picture: row,
    // A copy is degraded even if it isn't known how much.
    copy: row === 5 ? 1 : 0,
    severity: severities[row]!,
    cosTheta: cosines[row],
  }));
  const settings = {
    method: 'scf',
    mode: 'exact',
    dimension: 512,
    radius: 64,
    picturesPerIdentity: 4,
  } as const;
  const validated = (held: readonly ValidationFace[]) =>
    validate({ policy: 'single', faces: held, pairs: { genuine: [], impostor: [] } }, settings, {
      step: 1,
      epoch: 1,
    })!;
  const result = validated(faces);
  // Ranks 6 4 5 1 2 3 against 6 5 4 2 1 3: ρ = 1 − 6 · 4 / 210. Of the first three: 1 − 6 · 2 / 24.
  expect(result.spearman).toBeCloseTo(1 - 24 / 210, 12);
  expect(result.spearmanClean).toBeCloseTo(0.5, 12);
  expect(validated(faces.slice(3)).spearmanClean).toBeNull();
});
