import type { Calibration } from './confidence-method';
import { calibrated, mutualLikelihood } from './scf';
import { logNormalizer } from './vmf';

/** A pair whose truth is known, as Eqn (13) sees it. */
export interface CalibrationPair {
  readonly kappa1: number;
  readonly kappa2: number;
  readonly cosTheta: number;
  readonly same: boolean;
}

/** Simplex steps, at most: four numbers settle in about two hundred. */
const MAX_STEPS = 600;

/**
 * Fits κ′ = a·κ^b by the logistic loss of the Eqn (13) score: with the right κ, the score less that
 * of two faces that nothing is known of is the log odds that the pair is genuine. Real scores are
 * too sure of themselves, as faces don't fill all dimensions alike and some labels are wrong; so a
 * slope and an offset of the odds are fitted along, and forgotten, since they change no order. On
 * CelebA's crops κ comes out as 5κ^0.7 with the slope, and without it nearly flat. Both kinds of
 * pairs weigh as much. By Nelder and Mead over (log a, log b, log slope, offset), deterministic.
 * @returns null where pairs of one kind are missing
 */
export function fitCalibration(
  pairs: readonly CalibrationPair[],
  dimension: number,
): Calibration | null {
  const genuine = pairs.filter(({ same }) => same).length;
  if (genuine === 0 || genuine === pairs.length) return null;
  const weight = [0.5 / (pairs.length - genuine), 0.5 / genuine] as const;
  const unknown = logNormalizer(dimension, 0);
  const loss = ([logScale, logPower, logSlope, offset]: readonly number[]) => {
    const calibration = { scale: Math.exp(logScale!), power: Math.exp(logPower!) };
    const slope = Math.exp(logSlope!);
    let sum = 0;
    for (const { kappa1, kappa2, cosTheta, same } of pairs) {
      const [first, second] = [calibrated(kappa1, calibration), calibrated(kappa2, calibration)];
      const score = mutualLikelihood(dimension, 1, first, second, cosTheta);
      const odds = slope * (score - unknown) + offset!;
      const margin = same ? -odds : odds;
      sum += weight[same ? 1 : 0] * (margin > 30 ? margin : Math.log1p(Math.exp(margin)));
    }
    return sum;
  };
  const [logScale, logPower] = minimise(loss, [0, 0, -1, 0], [1, 0.3, 1, 2]) as [number, number];
  return { scale: Math.exp(logScale), power: Math.exp(logPower) };
}

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
    const along = (t: number) => vertex(centre.map((x, j) => x + t * (worst.at[j]! - x)));
    const reflected = along(-1);
    const second = simplex.at(-2)!;
    if (reflected.value < best.value) {
      const expanded = along(-2);
      simplex[start.length] = expanded.value < reflected.value ? expanded : reflected;
    } else if (reflected.value < second.value) simplex[start.length] = reflected;
    else {
      const contracted = along(reflected.value < worst.value ? -0.5 : 0.5);
      if (contracted.value < Math.min(worst.value, reflected.value))
        simplex[start.length] = contracted;
      else
        for (let i = 1; i < simplex.length; i++)
          simplex[i] = vertex(simplex[i]!.at.map((x, j) => best.at[j]! + 0.5 * (x - best.at[j]!)));
    }
  }
  simplex.sort((a, b) => a.value - b.value);
  return simplex[0]!.at;
}
