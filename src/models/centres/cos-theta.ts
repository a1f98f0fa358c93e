/** Weight, in pairs, of the prior mean cosine ½ in a set's estimate. */
const PRIOR_PAIRS = 4;
/** Weight, in pairs, of the set's mean cosine in the estimate for one person. */
export const PRIOR_PAIRS_PER_PERSON = 3;
/** Lower bound for the mean cosine between two pictures of one person, ρ². */
export const MIN_MEAN_PAIR_COSINE = 0.05;
/** A sum with ‖S‖² up to this is rounding error, and has no direction. */
export const MIN_SQUARED_NORM = 1e-6;

/**
 * Estimates the mean cosine between two pictures of one person, ρ², where ρ is the mean of cos θ.
 * Starts from a prior of ½, so that a set's first few pairs don't dominate.
 * @param cosines sum over `pairs` pairs of pictures of the same person
 */
export function estimateMeanPairCosine(cosines: number, pairs: number): number {
  return Math.max(MIN_MEAN_PAIR_COSINE, (cosines + PRIOR_PAIRS / 2) / (pairs + PRIOR_PAIRS));
}

/**
 * cos θ of a picture to its person's centre, from the mean of the person's *other* pictures.
 *
 * Let w be the true centre, the direction of E[e]; c = e·w the cos θ to be estimated; ρ = E[c]; and
 * S the sum of m other pictures of that person. As E[S] = mρw, and E‖S‖² = m + m(m − 1)ρ² since two
 * pictures have the cosine ρ² on average,
 *
 *   E[e·S]/‖S‖ ≈ c·a,  a² = mρ²/(1 + (m − 1)ρ²),
 *
 * where a is the cosine of S to w: the fewer the pictures, the farther their mean lies from the
 * centre. So cos θ is (e·S/‖S‖)/a. The picture itself is kept out of S, because however bad it is,
 * it would add e·e = 1 to the numerator. ρ² is estimated from the other pictures, with the set's
 * value as a prior ({@link PRIOR_PAIRS_PER_PERSON}).
 *
 * Mean error of cos θ for three estimates: picture included | others alone | this one. Simulated at
 * d = 512: a vMF with κ = 700 (cos θ about .70), and people of varying quality, their pictures'
 * cos θ from .15 up to .55 … .90 (about .53). Faces: n pictures of each of 184 people of CelebA
 * (about .80), against all their other pictures.
 *
 *   n  | vMF                | varying quality    | faces
 *   2  | +.163  −.211  −.001 | +.265  −.246  −.006 | +.105  −.155  −.002
 *   3  | +.112  −.133  −.000 | +.194  −.175  −.001 | +.072  −.092  −.001
 *   5  | +.069  −.077  −.000 | +.122  −.117  −.004 | +.043  −.050  −.001
 *   10 | +.036  −.037  +.000 | +.063  −.062  +.000 | +.022  −.024  −.000
 *   20 | +.018  −.018  +.000 | +.033  −.033  +.001 |
 *   50 | +.007  −.007  +.000 | +.013  −.013  +.000 |
 *
 * Bad pictures are affected most: on faces with cos θ < .5 the error with the picture included in a
 * mean of three is +.300, that of this estimate −.029.
 * @param along e·S
 * @param squared ‖S‖²
 * @param count m, at least one; not always whole, see `CentreMean.share`
 * @param likeness ρ² of the set
 * @returns from −1 to 1; undefined if the other pictures cancel each other out
 */
export function cosThetaToOthers(
  along: number,
  squared: number,
  count: number,
  likeness: number,
): number | undefined {
  if (!(squared > MIN_SQUARED_NORM)) return undefined;
  const pairs = (count * (count - 1)) / 2;
  // ‖S‖² = m + 2 · (sum of the cosines of all pairs).
  const cosines = (squared - count) / 2;
  const estimate = (cosines + PRIOR_PAIRS_PER_PERSON * likeness) / (pairs + PRIOR_PAIRS_PER_PERSON);
  const rhoSquared = Math.max(MIN_MEAN_PAIR_COSINE, estimate);
  const a = Math.sqrt((count * rhoSquared) / (1 + (count - 1) * rhoSquared));
  return Math.max(-1, Math.min(1, along / Math.sqrt(squared) / a));
}
