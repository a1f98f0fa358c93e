import { quantile } from '../distribution';
import type { Difference, Interval } from './figures';
import { meanAndSpread, RankedScores } from './ranked-scores';
import type { Resampling } from './resampling';

/** Scores of one set of pairs, and how they are resampled. */
export interface BootstrapOptions {
  /**
   * [method][draw][pair]: the scores of each method. Each draw of the degradations has the same
   * pairs in the same order; there is one draw where nothing is degraded.
   */
  readonly scores: readonly (readonly Float64Array[])[];
  /** 1 for a genuine pair, 0 for an impostor pair. */
  readonly same: Uint8Array;
  readonly folds: Uint16Array;
  /** In ascending order. */
  readonly fars: readonly number[];
  readonly resampling: Resampling;
  /** Resamples; 0 for figures without intervals. */
  readonly resamples: number;
}

/** A figure of a method, NaN where it can't be measured. */
export interface MeasuredFigure {
  /** Mean over the draws of the degradations. */
  readonly value: number;
  /** Population deviation over the draws. */
  readonly spread: number;
  /** Its value in each resample: the mean over all draws, whose pairs have the same weights. */
  readonly resampled: Float64Array;
}

/** The figures of a method. */
export interface MeasuredMethod {
  /** Over folds, in each draw. */
  readonly accuracy: MeasuredFigure;
  /** The deviation over folds, mean over the draws; NaN without folds. */
  readonly accuracyStd: number;
  readonly auc: MeasuredFigure;
  /** In the order of the FARs. */
  readonly tars: readonly MeasuredFigure[];
}

/**
 * Measures all methods on the pairs as they are and on resamples of them. Within a resample, all
 * methods and all draws have the same weights, so that figures can be subtracted resample by
 * resample (a paired bootstrap).
 */
export function bootstrap(options: BootstrapOptions): MeasuredMethod[] {
  const { scores, same, folds, fars, resampling, resamples } = options;
  const columns = 2 + fars.length;
  const rates = Float64Array.from(fars);
  const tars = new Float64Array(fars.length);
  const measure = (ranked: RankedScores): number[] => {
    const auc = ranked.rates(rates, tars);
    return [ranked.accuracy()?.mean ?? NaN, auc, ...tars];
  };
  const methods = scores.map((draws) => {
    const ranked = draws.map((each) => new RankedScores({ scores: each, same, folds }));
    return {
      ranked,
      plain: ranked.map(measure),
      stds: ranked.map((each) => each.accuracy()?.std ?? NaN),
      resampled: Array.from({ length: columns }, () => new Float64Array(resamples)),
    };
  });
  const weights = new Float64Array(same.length);
  for (let resample = 0; resample < resamples; resample++) {
    resampling.weigh(resample, weights);
    for (const { ranked, resampled } of methods) {
      for (const draw of ranked) {
        draw.weigh(weights);
        measure(draw).forEach((value, i) => (resampled[i]![resample]! += value / ranked.length));
      }
    }
  }
  return methods.map(({ plain, stds, resampled }) => {
    const figure = (i: number): MeasuredFigure => {
      const { mean, std } = meanAndSpread(plain.map((draw) => draw[i]!));
      return { value: mean, spread: std, resampled: resampled[i]! };
    };
    return {
      accuracy: figure(0),
      accuracyStd: meanAndSpread(stds).mean,
      auc: figure(1),
      tars: fars.map((_, i) => figure(2 + i)),
    };
  });
}

/** The share of resamples in which a figure must be measurable, for its interval to mean much. */
const LEAST_MEASURED = 0.9;

/**
 * The percentile interval: 95 % of the resampled values lie in it.
 * @param resampled NaN for resamples in which the figure couldn't be measured
 * @returns null if there are none, or many of those
 */
export function percentileInterval(resampled: Float64Array): Interval | null {
  const measured = resampled.filter((value) => !Number.isNaN(value));
  if (measured.length === 0 || measured.length < LEAST_MEASURED * resampled.length) return null;
  return [quantile(measured, 0.025), quantile(measured, 0.975)];
}

/** A figure and its values in the resamples, NaN where it couldn't be measured. */
type Resampled = Pick<MeasuredFigure, 'value' | 'resampled'>;

/** A figure less another one's, measured on the same resamples; null if one isn't measured. */
export function differenceOf(
  figure: Resampled | null | undefined,
  from: Resampled | null | undefined,
): Difference | null {
  if (!figure || !from) return null;
  const differences = figure.resampled.map((value, i) => value - from.resampled[i]!);
  return { value: figure.value - from.value, interval: percentileInterval(differences) };
}
