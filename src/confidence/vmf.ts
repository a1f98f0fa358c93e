import { besselI } from './bessel';

/**
 * `exact` is the r-radius vMF loss; `reference` keeps the published code's 1e-6 inside both
 * logarithms.
 */
export type ObjectiveMode = 'exact' | 'reference';

/** The published code's guard against log 0. For d = 512 it exceeds I_v for every κ below 3,698. */
export const REFERENCE_EPSILON = 1e-6;

/** log C_d(κ) = v log κ − (d/2) log 2π − log I_v(κ), v = d/2 − 1; finite at κ = 0. */
export function logNormalizer(dimension: number, kappa: number): number {
  return -(dimension / 2) * Math.log(2 * Math.PI) - besselI(dimension / 2 - 1, kappa).logScaled;
}

/**
 * A_d(κ) = I_{d/2}(κ)/I_{d/2−1}(κ): the mean of cos θ under the density, from 0 at κ = 0 towards 1.
 */
export function meanResultantLength(dimension: number, kappa: number): number {
  return besselI(dimension / 2 - 1, kappa).ratio;
}

/**
 * arccos A_d(κ), in radians: the angle that a head expects between a face and its person, from π/2
 * at κ = 0 towards 0. In 512 dimensions nearly all of the density lies close to this angle.
 */
export const expectedAngle = (dimension: number, kappa: number): number =>
  Math.acos(meanResultantLength(dimension, kappa));

/** The part of the loss that depends on neither picture nor κ: (d/2) log 2π + d log r. */
export const lossConstant = (dimension: number, radius: number): number =>
  (dimension / 2) * Math.log(2 * Math.PI) + dimension * Math.log(radius);

/** The parts of the loss: it is the sum of alignment, normalizer and constant. */
export interface LossParts {
  /** −κ cos θ */
  readonly alignment: number;
  /** −v log κ + log I_v(κ), finite at κ = 0 */
  readonly normalizer: number;
  /**
   * The normalizer's two terms, as the published code logs them: −v log κ, and log I_v(κ). Infinite
   * at κ = 0 in `exact` mode.
   */
  readonly logKappa: number;
  readonly logBessel: number;
  /** (d/2) log 2π + d log r */
  readonly constant: number;
}

/**
 * The SCF loss of one picture: the KL divergence from the Dirac at its class centre to the r-radius
 * vMF density, up to a constant. L = −κ cos θ − v log κ + log I_v(κ) + (d/2) log 2π + d log r.
 */
export function lossParts(
  mode: ObjectiveMode,
  dimension: number,
  radius: number,
  kappa: number,
  cosTheta: number,
): LossParts {
  const v = dimension / 2 - 1;
  const constant = lossConstant(dimension, radius);
  const { logScaled } = besselI(v, kappa);
  const alignment = -kappa * cosTheta;
  // At order 0 the term vanishes: 0 · −∞ must not become NaN.
  const power = v === 0 ? 0 : v * Math.log(kappa);
  if (mode === 'exact')
    return {
      alignment,
      normalizer: logScaled,
      logKappa: -power,
      logBessel: logScaled + power,
      constant,
    };
  const logKappa = -v * Math.log(REFERENCE_EPSILON + kappa);
  const logBessel = Math.log(REFERENCE_EPSILON + Math.exp(logScaled + power - kappa)) + kappa;
  return { alignment, normalizer: logKappa + logBessel, logKappa, logBessel, constant };
}

/** The whole loss: the sum of {@link lossParts}. */
export function loss(
  mode: ObjectiveMode,
  dimension: number,
  radius: number,
  kappa: number,
  cosTheta: number,
): number {
  const { alignment, normalizer, constant } = lossParts(mode, dimension, radius, kappa, cosTheta);
  return alignment + normalizer + constant;
}

/** dL/d log κ = κ · dL/dκ; in `exact` mode κ (A_d(κ) − cos θ). */
export function lossGradient(
  mode: ObjectiveMode,
  dimension: number,
  kappa: number,
  cosTheta: number,
): number {
  return lossAndGradient(mode, dimension, 1, kappa, cosTheta).gradient;
}

/**
 * {@link loss} and {@link lossGradient} from one evaluation of the Bessel function, as a training
 * step needs them.
 */
export function lossAndGradient(
  mode: ObjectiveMode,
  dimension: number,
  radius: number,
  kappa: number,
  cosTheta: number,
): { loss: number; gradient: number } {
  const v = dimension / 2 - 1;
  const { logScaled, ratio } = besselI(v, kappa);
  const constant = lossConstant(dimension, radius);
  if (mode === 'exact')
    return { loss: logScaled - kappa * cosTheta + constant, gradient: kappa * (ratio - cosTheta) };
  const scaledBessel = Math.exp(logScaled + (v === 0 ? 0 : v * Math.log(kappa)) - kappa);
  const guarded = REFERENCE_EPSILON + scaledBessel;
  const towards = kappa * (1 - cosTheta);
  return {
    loss: towards - v * Math.log(REFERENCE_EPSILON + kappa) + Math.log(guarded) + constant,
    gradient:
      towards -
      (v * kappa) / (REFERENCE_EPSILON + kappa) +
      (scaledBessel / guarded) * (kappa * (ratio - 1) + v),
  };
}

/**
 * The κ that minimises the loss at a given cos θ. `exact`: the root of A_d(κ) = cos θ, 0 for cos θ
 * ≤ 0; Banerjee's estimate, then Newton. `reference`: v/(1 − cos θ), the optimum wherever 1e-6
 * exceeds I_v by far.
 * @throws RangeError for cos θ ≥ 1, where the optimum is infinite
 */
export function optimalKappa(cosTheta: number, dimension: number, mode: ObjectiveMode): number {
  if (!(cosTheta < 1))
    throw new RangeError(
      `The best kappa at cosTheta = ${cosTheta} is infinite; cosTheta < 1 was expected.`,
    );
  if (mode === 'reference') return (dimension / 2 - 1) / (1 - cosTheta);
  if (cosTheta <= 0) return 0;
  let kappa = (cosTheta * (dimension - cosTheta * cosTheta)) / (1 - cosTheta * cosTheta);
  for (let i = 0; i < 50; i++) {
    const ratio = meanResultantLength(dimension, kappa);
    // A′ = 1 − A² − (d−1)A/κ, from the recurrences of I_v.
    const slope = 1 - ratio * ratio - ((dimension - 1) * ratio) / kappa;
    const next = Math.max(kappa / 2, kappa - (ratio - cosTheta) / slope);
    if (Math.abs(next - kappa) <= 1e-13 * kappa) return next;
    kappa = next;
  }
  return kappa;
}
