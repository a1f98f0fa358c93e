import { percentileInterval } from './statistics/bootstrap';
import type { Interval } from './statistics/figures';
import { drawTimes } from './statistics/resampling';

/**
 * Spearman's rank correlation ρ; ties share their mean rank.
 * @returns −1..1; undefined for fewer than two values or when either side is constant
 */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number | undefined {
  if (a.length !== b.length)
    throw new RangeError(
      `Spearman's rho needs two series of equal length; they have ${a.length} and ${b.length}.`,
    );
  const rho = weightedRho(tieGroups(a), tieGroups(b), new Float64Array(a.length).fill(1));
  return Number.isNaN(rho) ? undefined : rho;
}

/** Indices by ascending value, and where in that order each run of equal values ends. */
interface Ties {
  readonly order: Uint32Array;
  readonly ends: readonly number[];
}

function tieGroups(values: ArrayLike<number>): Ties {
  const order = new Uint32Array(values.length).map((_, i) => i);
  order.sort((i, j) => values[i]! - values[j]!);
  const ends = [...order.keys()]
    .map((at) => at + 1)
    .filter((end) => end === order.length || values[order[end]!] !== values[order[end - 1]!]);
  return { order, ends };
}

/** Ranks from 1, where each value counts as often as its weight says; ties share their mean. */
function weightedRanks({ order, ends }: Ties, weights: Float64Array): Float64Array {
  const ranks = new Float64Array(order.length);
  let [start, before] = [0, 0];
  for (const end of ends) {
    let weight = 0;
    for (let at = start; at < end; at++) weight += weights[order[at]!]!;
    for (let at = start; at < end; at++) ranks[order[at]!] = before + (weight + 1) / 2;
    [start, before] = [end, before + weight];
  }
  return ranks;
}

/** Groups that a resample is drawn of, at least: fewer say nothing about others. */
const FEWEST_GROUPS = 5;
const RESAMPLES = 400;

/**
 * The 95 % interval of Spearman's ρ by a bootstrap over groups: values of one group, such as the
 * pictures of a person, are drawn together, because they are not independent. The same at every
 * call.
 * @param groups the group of each pair of values
 * @returns null for fewer than five groups, and where ρ is undefined in many resamples
 */
export function spearmanInterval(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  groups: ArrayLike<number>,
): Interval | null {
  const numbers = new Map([...new Set(Array.from(groups))].map((group, at) => [group, at]));
  if (numbers.size < FEWEST_GROUPS) return null;
  const unit = Int32Array.from(groups, (group) => numbers.get(group)!);
  const [tiesA, tiesB] = [tieGroups(a), tieGroups(b)];
  const times = new Int32Array(numbers.size);
  const weights = new Float64Array(unit.length);
  const resampled = new Float64Array(RESAMPLES);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    drawTimes(times, 1, resample);
    for (let i = 0; i < unit.length; i++) weights[i] = times[unit[i]!]!;
    resampled[resample] = weightedRho(tiesA, tiesB, weights);
  }
  return percentileInterval(resampled);
}

/** ρ where each value counts as often as its weight says; NaN where it is undefined. */
function weightedRho(tiesA: Ties, tiesB: Ties, weights: Float64Array): number {
  const [ranksA, ranksB] = [weightedRanks(tiesA, weights), weightedRanks(tiesB, weights)];
  const middle = (weights.reduce((sum, weight) => sum + weight, 0) + 1) / 2;
  let [product, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < weights.length; i++) {
    const [x, y] = [ranksA[i]! - middle, ranksB[i]! - middle];
    product += weights[i]! * x * y;
    squareA += weights[i]! * x * x;
    squareB += weights[i]! * y * y;
  }
  return product / Math.sqrt(squareA * squareB);
}
