import { differenceOf, percentileInterval } from '../statistics/bootstrap';
import type { Difference, Interval } from '../statistics/figures';
import { IJB_FARS, type IjbFigures } from './ijb-figures';

/** The figures of a method on a release, with intervals by bootstrap over people. */
export interface IjbIntervalFigures extends IjbFigures {
  /** 95 % intervals, by the FAR as text. */
  readonly intervals: { readonly tarAtFar: Readonly<Record<string, Interval | null>> };
  /**
   * The figures less cosine's, by a paired bootstrap; null for cosine itself, and where it isn't
   * measured.
   */
  readonly differences: { readonly tarAtFar: Readonly<Record<string, Difference | null>> } | null;
}

/** By the FAR as text: a TAR, and its values in the resamples; null where it isn't measured. */
export type ResampledRates = Readonly<
  Record<string, { readonly value: number; readonly resampled: Float64Array } | null>
>;

/**
 * Adds intervals to a method's figures.
 * @param resampled what `resampledTars` gives for {@link IJB_FARS}
 * @param cosine what this function has returned as `measured` for cosine on the same resamples
 */
export function withIntervals(
  figures: IjbFigures,
  resampled: readonly Float64Array[],
  cosine: ResampledRates | null,
): { readonly figures: IjbIntervalFigures; readonly measured: ResampledRates } {
  const measured: ResampledRates = Object.fromEntries(
    IJB_FARS.map((far, i) => {
      const value = figures.tarAtFar[String(far)] ?? null;
      return [String(far), value === null ? null : { value, resampled: resampled[i]! }];
    }),
  );
  const byFar = <T>(of: (far: string) => T) =>
    Object.fromEntries(Object.keys(measured).map((far) => [far, of(far)]));
  const intervalAt = (far: string) =>
    measured[far] ? percentileInterval(measured[far].resampled) : null;
  return {
    measured,
    figures: {
      ...figures,
      intervals: { tarAtFar: byFar(intervalAt) },
      differences: cosine && {
        tarAtFar: byFar((far) => differenceOf(measured[far], cosine[far])),
      },
    },
  };
}
