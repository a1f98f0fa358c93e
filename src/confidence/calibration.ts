import type { Calibration } from './confidence-method';
import { calibrated, mutualLikelihood } from './scf';
import { logNormalizer } from './vmf';

/** A labelled pair: the inputs of Eqn (13), and whether it is genuine. */
export interface CalibrationPair {
  readonly kappa1: number;
  readonly kappa2: number;
  readonly cosTheta: number;
  readonly same: boolean;
}

/** Most steps of the simplex: four numbers settle in about two hundred. */
const MAX_STEPS = 600;

/**
 * Fits κ′ = a·κ^b by the logistic loss of the Eqn (13) score: with the right κ, the log odds that a
 * pair is genuine are its score minus the score of two faces with κ = 0. Real scores are
 * overconfident, because faces don't fill all dimensions alike and some labels are wrong. So a
 * slope and an offset of the odds are fitted too, and dropped afterwards, since they change no
 * order. On CelebA's crops κ comes out as 5κ^0.7 with the slope, and nearly flat without it.
 * Genuine and impostor pairs have the same total weight. The fit is Nelder and Mead's over (log a,
 * log b, log slope, offset), and deterministic.
 * @returns null if pairs of one kind are missing
 */
export function fitCalibration(
  pairs: readonly CalibrationPair[],
  dimension: number,
): Calibration | null {
  const genuine = pairs.filter(({ same }) => same).length;
  if (genuine === 0 || genuine === pairs.length) return null;
  const weight = [0.5 / (pairs.length - genuine), 0.5 / genuine] as const;
  const scoreOfUnknown = logNormalizer(dimension, 0);
  const loss = ([logScale, logPower, logSlope, offset]: readonly number[]) => {
    const calibration = { scale: Math.exp(logScale!), power: Math.exp(logPower!) };
    const slope = Math.exp(logSlope!);
    let sum = 0;
    for (const { kappa1, kappa2, cosTheta, same } of pairs) {
      const [first, second] = [calibrated(kappa1, calibration), calibrated(kappa2, calibration)];
      const score = mutualLikelihood(dimension, 1, first, second, cosTheta);
      const logOdds = slope * (score - scoreOfUnknown) + offset!;
      sum += weight[same ? 1 : 0] * softplus(same ? -logOdds : logOdds);
    }
    return sum;
  };
  const [logScale, logPower] = minimise(loss, [0, 0, -1, 0], [1, 0.3, 1, 2]) as [number, number];
  return { scale: Math.exp(logScale), power: Math.exp(logPower) };
}

/** log(1 + eˣ) */
const softplus = (x: number): number => (x > 30 ? x : Math.log1p(Math.exp(x)));

interface Vertex {
  readonly at: readonly number[];
  readonly value: number;
}

/** The simplex method of Nelder and Mead (1965), with its usual coefficients. */
function minimise(
  f: (x: readonly number[]) => number,
  start: readonly number[],
  size: readonly number[],
): readonly number[] {
  const vertex = (at: readonly number[]): Vertex => ({ at, value: f(at) });
  const simplex = [
    vertex(start),
    ...start.map((_, i) => vertex(start.map((x, j) => (i === j ? x + size[j]! : x)))),
  ];
  for (let step = 0; step < MAX_STEPS; step++) {
    simplex.sort((a, b) => a.value - b.value);
    const [best, worst] = [simplex[0]!, simplex.at(-1)!];
    if (worst.value - best.value < 1e-9 * (1 + Math.abs(best.value))) break;
    const centre = start.map(
      (_, j) => simplex.slice(0, -1).reduce((sum, { at }) => sum + at[j]!, 0) / start.length,
    );
    /** The point at centre + t · (worst − centre). */
    const along = (t: number) => vertex(centre.map((x, j) => x + t * (worst.at[j]! - x)));
    const reflected = along(-1);
    const second = simplex.at(-2)!;
    if (reflected.value < best.value) {
      const expanded = along(-2);
      simplex[start.length] = expanded.value < reflected.value ? expanded : reflected;
      continue;
    }
    if (reflected.value < second.value) {
      simplex[start.length] = reflected;
      continue;
    }
    const contracted = along(reflected.value < worst.value ? -0.5 : 0.5);
    if (contracted.value < Math.min(worst.value, reflected.value)) {
      simplex[start.length] = contracted;
      continue;
    }
    for (let i = 1; i < simplex.length; i++)
      simplex[i] = vertex(simplex[i]!.at.map((x, j) => best.at[j]! + 0.5 * (x - best.at[j]!)));
  }
  simplex.sort((a, b) => a.value - b.value);
  return simplex[0]!.at;
}
