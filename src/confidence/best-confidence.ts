import type { TrainedMethodName } from './confidence-method';
import { confidenceSymbols } from './methods';
import { optimalKappa, type ObjectiveMode } from './vmf';

/** The name of a head's confidence; for PFE-G, with one σ a dimension, the mean of 1/σ. */
export const confidenceName = (method: TrainedMethodName): string =>
  method === 'pfe-g' ? 'Mean 1/σ' : confidenceSymbols[method];

/** The confidence that an objective would choose for a picture. */
export interface BestConfidence {
  /** With its formula: "best κ = A⁻¹(cos θ)". */
  readonly name: string;
  /** @param cosTheta below 1 */
  readonly at: (cosTheta: number) => number;
}

/**
 * The confidence that minimises a method's objective at a cos θ; null for pairwise methods, where
 * it depends on the other picture.
 * @param objective only used by `scf`
 * @param dimension of the embedding
 */
export function bestConfidence(
  method: TrainedMethodName,
  objective: ObjectiveMode,
  dimension: number,
): BestConfidence | null {
  if (method === 'scf')
    return {
      name: objective === 'exact' ? 'best κ = A⁻¹(cos θ)' : 'best κ = v/(1 − cos θ)',
      at: (cosTheta) => optimalKappa(cosTheta, dimension, objective),
    };
  if (method === 'scf-g')
    return {
      name: 'best 1/σ² = d/2(1 − cos θ)',
      at: (cosTheta) => dimension / (2 * (1 - cosTheta)),
    };
  return null;
}
