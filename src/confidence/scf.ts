import type { ConfidenceMethod, ConfidentFace } from './confidence-method';
import { logNormalizer } from './vmf';

/**
 * Eqn (13), the log mutual likelihood of two faces on the sphere of radius r:
 * s = log C_d(κ₁) + log C_d(κ₂) − log C_d(κ̃) − d log r, κ̃ = ‖κ₁μ₁ + κ₂μ₂‖ = √(κ₁² + κ₂² + 2κ₁κ₂ cos θ).
 * Never with the training code's 1e-6: that would make s fall as cos θ rises where κ̃ < 255.
 * @param cosTheta cosine between the two directions, −1..1
 */
export function mutualLikelihood(dimension: number, radius: number, kappa1: number, kappa2: number, cosTheta: number): number {
  // Rounding can leave the square a hair below zero for opposite directions of one κ.
  const kappaTilde = Math.sqrt(Math.max(0, kappa1 * kappa1 + kappa2 * kappa2 + 2 * kappa1 * kappa2 * cosTheta));
  return (
    logNormalizer(dimension, kappa1) + logNormalizer(dimension, kappa2) - logNormalizer(dimension, kappaTilde) - dimension * Math.log(radius)
  );
}

/**
 * Eqn (14): z = Σκᵢμᵢ/Σκᵢ, brought to unit length. The template's own κ is the mean of its pictures', as the published
 * evaluation code has it.
 * @throws RangeError for no faces, or for directions that cancel to nothing: no direction stands for them
 */
export function poolByKappa(faces: readonly ConfidentFace[]): ConfidentFace {
  if (faces.length === 0) throw new RangeError('Pooling needs at least one face; it was given none.');
  const sum = new Float64Array(faces[0]!.mu.length);
  let total = 0;
  for (const { mu, kappa } of faces) {
    total += kappa;
    for (let i = 0; i < sum.length; i++) sum[i]! += kappa * mu[i]!;
  }
  const norm = Math.hypot(...sum);
  if (!(norm > 1e-6 * total)) throw new RangeError(`The ${faces.length} faces cancel each other out; a template needs pictures of one person.`);
  return { mu: Float32Array.from(sum, (value) => value / norm), kappa: total / faces.length };
}

/** Sphere Confidence Face: Eqn (13) to compare, Eqn (14) to pool. */
export const scf: ConfidenceMethod = {
  name: 'scf',
  pairScore: (a, b, cosTheta, radius) => mutualLikelihood(a.mu.length, radius, a.kappa, b.kappa, cosTheta),
  pool: poolByKappa,
};
