import { meanResultantLength, type ObjectiveMode } from '../../confidence/vmf';

/**
 * The scale that errors of the gradient are measured relative to. dL/d log κ is a difference that
 * vanishes at the best κ, where an error relative to it means nothing. This is the size of the
 * subtracted terms: for `exact`, the smaller of κ·max(A, |cos θ|) and κ·max(1 − A, 1 − cos θ), from
 * two forms of the difference; for `reference`, κ(1 − cos θ) + v.
 */
export function gradientScale(
  mode: ObjectiveMode,
  dimension: number,
  kappa: number,
  cosTheta: number,
): number {
  if (mode === 'reference') return kappa * (1 - cosTheta) + dimension / 2 - 1;
  const ratio = meanResultantLength(dimension, kappa);
  return kappa * Math.min(Math.max(ratio, Math.abs(cosTheta)), Math.max(1 - ratio, 1 - cosTheta));
}
