import { rocFars, type RocPoint } from './roc-curve';
import {
  bootstrap,
  differenceOf,
  percentileInterval,
  type MeasuredFigure,
  type MeasuredMethod,
} from './bootstrap';
import type { Difference, Figures, Interval } from './figures';
import type { Resampling } from './resampling';
import { evidenceAt, type Evidence } from './rule-of-thirty';

/**
 * One method's figures on a set of pairs. Shares are 0..1; null if the pairs are too few to measure
 * it. Where degradations are drawn several times, figures are means over the draws.
 */
export interface MethodFigures extends Figures<number | null> {
  /** Mean over folds, each at the threshold best on the other folds. */
  readonly accuracy: number | null;
  /**
   * Population deviation over folds, as papers print it beside an accuracy. It says how much folds
   * differ; how sure the accuracy is, `intervals` says.
   */
  readonly accuracyStd: number | null;
  /** The area under the ROC curve, ties counted half. */
  readonly auc: number | null;
  /**
   * By the FAR as text: the largest share of genuine pairs accepted with no more than that share of
   * impostors. null where fewer than 10 impostor pairs lie above the threshold (`evidenceAt`).
   */
  readonly tarAtFar: Readonly<Record<string, number | null>>;
  /** 95 % intervals of the figures by bootstrap (`Resampling`); null without resamples. */
  readonly intervals: Figures<Interval | null>;
  /** Population deviation of the figures over the draws of the degradations; null for one draw. */
  readonly spread: Figures<number | null>;
  /** The figures less those of cosine; null for cosine itself, and where it isn't measured. */
  readonly differences: Figures<Difference | null> | null;
  /** The TAR at each FAR is the mean over the draws of the degradations. */
  readonly roc: readonly RocPoint[];
}

/** The rates of {@link MethodFigures.tarAtFar}. */
const REPORTED_FARS: readonly number[] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5];

/** How well so many impostor pairs measure each of the rates, by the FAR as text. */
export const reportedEvidence = (impostors: number): Record<string, Evidence> =>
  Object.fromEntries(REPORTED_FARS.map((far) => [String(far), evidenceAt(far, impostors)]));

/** Scores of all methods on one set of pairs. */
export interface MethodScores {
  /** [method][draw][pair], as `BootstrapOptions` has them. */
  readonly scores: readonly (readonly Float64Array[])[];
  /** 1 for a genuine pair, 0 for an impostor pair. */
  readonly same: Uint8Array;
  readonly folds: Uint16Array;
  /** Index of cosine among the methods; −1 without it. */
  readonly cosine: number;
  readonly resampling: Resampling;
  /** Resamples; 0 for figures without intervals. */
  readonly resamples: number;
}

/** Measures all methods. */
export function methodFigures({ cosine, ...options }: MethodScores): MethodFigures[] {
  const { same } = options;
  const impostors = same.filter((kind) => kind === 0).length;
  const curveFars = impostors < same.length ? rocFars(impostors) : [];
  const fars = [...new Set([...REPORTED_FARS, ...curveFars])].sort((a, b) => a - b);
  const draws = options.scores[0]?.length ?? 0;
  const methods = bootstrap({ ...options, fars });
  const tarOf = ({ tars }: MeasuredMethod, far: number) => tars[fars.indexOf(far)]!;
  const figuresOf = (method: MeasuredMethod): Figures<MeasuredFigure | null> => ({
    accuracy: measurable(method.accuracy),
    auc: measurable(method.auc),
    tarAtFar: Object.fromEntries(
      REPORTED_FARS.map((far) => {
        const isMeasured = evidenceAt(far, impostors) !== 'none';
        return [String(far), isMeasured ? measurable(tarOf(method, far)) : null];
      }),
    ),
  });
  const baseline = methods[cosine] && figuresOf(methods[cosine]);
  return methods.map((method, i) => {
    const figures = figuresOf(method);
    return {
      ...mapFigures(figures, ({ value }) => value),
      accuracyStd: Number.isNaN(method.accuracyStd) ? null : method.accuracyStd,
      intervals: mapFigures(figures, ({ resampled }) => percentileInterval(resampled)),
      spread: mapFigures(figures, ({ spread }) => (draws > 1 ? spread : null)),
      differences: baseline && i !== cosine ? differencesOf(figures, baseline) : null,
      roc: curveFars.map((far) => {
        const { value, resampled } = tarOf(method, far);
        const band = percentileInterval(resampled);
        return { far, tar: value, ...(band && { low: band[0], high: band[1] }) };
      }),
    };
  });
}

const measurable = (figure: MeasuredFigure): MeasuredFigure | null =>
  Number.isNaN(figure.value) ? null : figure;

function mapFigures<T>(
  { accuracy, auc, tarAtFar }: Figures<MeasuredFigure | null>,
  map: (figure: MeasuredFigure) => T,
): Figures<T | null> {
  const each = (figure: MeasuredFigure | null) => (figure ? map(figure) : null);
  const tars = Object.entries(tarAtFar).map(([far, figure]) => [far, each(figure)] as const);
  return { accuracy: each(accuracy), auc: each(auc), tarAtFar: Object.fromEntries(tars) };
}

function differencesOf(
  figures: Figures<MeasuredFigure | null>,
  baseline: Figures<MeasuredFigure | null>,
): Figures<Difference | null> {
  return {
    accuracy: differenceOf(figures.accuracy, baseline.accuracy),
    auc: differenceOf(figures.auc, baseline.auc),
    tarAtFar: Object.fromEntries(
      Object.entries(figures.tarAtFar).map(([far, figure]) => [
        far,
        differenceOf(figure, baseline.tarAtFar[far]),
      ]),
    ),
  };
}
