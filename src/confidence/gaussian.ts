import type { ConfidenceMethod, ConfidentFace } from './confidence-method';
import { weightedDirection } from './weighted-mean';

/**
 * Probabilistic Face Embeddings (Shi and Jain, ICCV 2019): z ~ N(μ, diag σ²). The mutual likelihood
 * s = −½ Σ_l [(μ₁ − μ₂)²/(σ₁² + σ₂²) + log(σ₁² + σ₂²)] − (d/2) log 2π compares; inverse variances
 * are the weights of pooling, and a template takes the variance of its surest picture. A face's
 * confidence is the inverse harmonic mean of σ.
 */
export const pfeG: ConfidenceMethod = {
  name: 'pfe-g',
  pairScore: (a, b) => {
    let sum = 0;
    for (let i = 0; i < a.mu.length; i++) {
      const variance = 1 / a.concentration[i]! + 1 / b.concentration[i]!;
      sum += (a.mu[i]! - b.mu[i]!) ** 2 / variance + Math.log(variance);
    }
    return -0.5 * (sum + a.mu.length * Math.log(2 * Math.PI));
  },
  pool: poolByPrecision,
  confidence: ({ concentration }) =>
    concentration.reduce((sum, precision) => sum + Math.sqrt(precision), 0) / concentration.length,
};

/**
 * SCF's point-to-centre training with one Gaussian σ² a face in place of κ; it compares and pools
 * as PFE does. The definition is inferred from the name in the paper's tables; whether the paper's
 * σ was one number or one for each dimension is not known.
 */
export const scfG: ConfidenceMethod = {
  name: 'scf-g',
  pairScore: (a, b, cosTheta) => {
    const variance = 1 / a.concentration[0]! + 1 / b.concentration[0]!;
    // ‖μ₁ − μ₂‖² = 2 (1 − cos θ) for unit directions.
    return -(1 - cosTheta) / variance - (a.mu.length / 2) * Math.log(2 * Math.PI * variance);
  },
  pool: poolByPrecision,
  confidence: ({ concentration }) => concentration[0]!,
};

/**
 * SCF-G's loss of one picture in its parts: (1 − cos θ)/σ², (d/2) log σ² and the constant (d/2) log
 * 2π.
 */
export function gaussianLossParts(
  dimension: number,
  precision: number,
  cosTheta: number,
): { readonly alignment: number; readonly normalizer: number; readonly constant: number } {
  return {
    alignment: precision * (1 - cosTheta),
    normalizer: -(dimension / 2) * Math.log(precision),
    constant: (dimension / 2) * Math.log(2 * Math.PI),
  };
}

function poolByPrecision(faces: readonly ConfidentFace[]): ConfidentFace {
  const mu = weightedDirection(
    faces.map((face) => face.mu),
    faces.map(({ concentration }) => concentration),
  );
  const concentration = faces[0]!.concentration.map((_, i) =>
    faces.reduce((most, face) => Math.max(most, face.concentration[i]!), 0),
  );
  return { mu, concentration };
}
