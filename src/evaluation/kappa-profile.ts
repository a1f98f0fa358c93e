import { quantile } from './distribution';

/** Points of a profile's quantiles: at 0, 1, … 100 %. */
const POINTS = 101;

/**
 * How a head's κ (or the method's counterpart, such as 1/σ²) is spread over its validation
 * pictures, read under one policy. It gives κ a unit: κ of different heads can't be compared, their
 * percentiles can.
 */
export interface KappaProfile {
  /** Quantiles at 0, 1, … 100 % over all validation pictures, degraded ones included. */
  readonly all: readonly number[];
  /** The same over the pictures that are not degraded. */
  readonly clean: readonly number[];
  readonly pictures: number;
  readonly cleanPictures: number;
  /** Spearman's ρ of κ and cos θ to the person's centre over all pictures; null if undefined. */
  readonly spearman: number | null;
}

/**
 * The profile of a head's validation pictures; null without clean ones.
 * @param isClean of each picture: not degraded
 */
export function kappaProfile(
  kappa: ArrayLike<number>,
  isClean: ArrayLike<boolean>,
  spearman: number | null,
): KappaProfile | null {
  const clean = Array.from(kappa).filter((_, i) => isClean[i]);
  if (clean.length === 0) return null;
  const quantilesOf = (values: ArrayLike<number>) => {
    const sorted = Float64Array.from(values).sort();
    return Array.from({ length: POINTS }, (_, i) => quantile(sorted, i / (POINTS - 1)));
  };
  return {
    all: quantilesOf(kappa),
    clean: quantilesOf(clean),
    pictures: kappa.length,
    cleanPictures: clean.length,
    spearman,
  };
}

/** The share of all validation pictures whose κ is lower, 0..100, interpolated. */
export function kappaPercentile(kappa: number, { all }: KappaProfile): number {
  if (!(kappa > all[0]!)) return 0;
  if (kappa >= all[POINTS - 1]!) return 100;
  const above = all.findIndex((value) => value > kappa);
  const [low, high] = [all[above - 1]!, all[above]!];
  return above - 1 + (kappa - low) / (high - low);
}

/**
 * Quality, a whole number 0..100, comparable only within a head: 50 is the median κ of the clean
 * validation pictures, 5 the κ that 5 % of all validation pictures fall below, and between and
 * beyond them it is a logistic function of log κ.
 * @returns null for a head whose κ hardly varies, which tells no pictures apart
 */
export function kappaQuality(kappa: number, { all, clean }: KappaProfile): number | null {
  const [low, middle] = [Math.log(all[5]!), Math.log(clean[(POINTS - 1) / 2]!)];
  if (!(middle > low)) return null;
  const slope = Math.log(95 / 5) / (middle - low);
  return Math.round(100 / (1 + Math.exp(-slope * (Math.log(kappa) - middle))));
}

/**
 * A head's 95 % quantile of κ over its 5 % quantile below this hardly tells pictures apart. It is
 * for one number a face: of a 1/σ² for each of 512 dimensions, all of which count, each varies
 * less.
 */
const MIN_BAND = 2;
/** A rank correlation of κ and cos θ up to this says little about how a picture was recognised. */
const MIN_SPEARMAN = 0.3;

/** Fewer pictures can't show that a head is weak. */
const MIN_PICTURES = 50;

/**
 * Why a head's κ is of little use, as a sentence; null if it is of use, or if the pictures are too
 * few to tell.
 * @param outputs numbers that the head gives for a face
 */
export function kappaWeakness(
  { all, spearman, pictures }: KappaProfile,
  outputs: 'one' | 'many' = 'one',
): string | null {
  if (pictures < MIN_PICTURES) return null;
  if (spearman !== null && spearman <= MIN_SPEARMAN)
    return (
      `κ of this head doesn't follow how well a picture is recognised: its rank correlation ` +
      `with cos θ on validation pictures is ${spearman.toFixed(2)}.`
    );
  const band = all[95]! / all[5]!;
  if (outputs === 'one' && !(band >= MIN_BAND))
    return (
      `κ of this head hardly varies: 90 % of its validation pictures lie within a factor of ` +
      `${band.toFixed(2)}.`
    );
  return null;
}
