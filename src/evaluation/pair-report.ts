import type { MethodName } from '../confidence/confidence-method';
import { areaUnderDiscard, discardCurve, randomQuality, type DiscardPoint } from './discard';
import { pairNorms, scorePairsBy, type EvaluatedPair, type MethodInUse } from './evaluated-pairs';
import { evenFolds, foldAccuracy } from './fold-accuracy';
import { areaUnderCurve } from './pair-figures';
import { operatingPoint } from './roc';
import { rocCurve, type RocPoint } from './roc-curve';

/**
 * The quality that pairs are discarded by: the method's own confidence, κ, ‖embedding‖ or random.
 */
export type DiscardOrder = 'own' | 'kappa' | 'norm' | 'random';
/** `fixed`: the threshold of all pairs. `re-estimated`: that of the pairs kept. */
export type ThresholdPolicy = 'fixed' | 're-estimated';

/** Error against the share of the least certain pairs discarded, for one order and policy. */
export interface DiscardReport {
  readonly order: DiscardOrder;
  readonly policy: ThresholdPolicy;
  /**
   * Which error: the share of wrong decisions at the best threshold, or the share of genuine pairs
   * refused at a FAR.
   */
  readonly error: 'accuracy' | { readonly far: number };
  readonly points: readonly DiscardPoint[];
  /** Area under error up to {@link AUERC_LIMIT}, as a mean error. */
  readonly auerc: number | null;
}

/**
 * One method's figures on a set of pairs. Shares are 0..1; null if the pairs are too few to measure
 * it.
 */
export interface MethodReport {
  /** Mean and population deviation over folds, each at the threshold best on the other folds. */
  readonly accuracy: number | null;
  readonly accuracyStd: number | null;
  readonly auc: number | null;
  /**
   * By the FAR as text: the largest share of genuine pairs accepted with no more than that share of
   * impostors.
   */
  readonly tarAtFar: Readonly<Record<string, number | null>>;
  readonly roc: readonly RocPoint[];
  readonly discard: readonly DiscardReport[];
}

/** All methods' figures on one set of pairs. */
export interface PairReport {
  /** Pairs with a score. */
  readonly pairs: number;
  readonly genuine: number;
  readonly impostor: number;
  readonly methods: Readonly<Partial<Record<MethodName, MethodReport>>>;
}

/** The rates of {@link MethodReport.tarAtFar}. */
const REPORTED_FARS: readonly number[] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5];
/** Shares of pairs discarded. */
const FRACTIONS: readonly number[] = Array.from({ length: 20 }, (_, i) => i / 20);
/** The largest share discarded: a system that discards more than half is of no use. */
export const AUERC_LIMIT = 0.5;
/**
 * FARs for the discard curves of refused genuine pairs. The first one that the number of impostor
 * pairs can measure is used.
 */
const DISCARD_FARS: readonly number[] = [1e-3, 1e-2];

/** Options of {@link pairReport}. */
export interface PairReportOptions {
  /** Index of κ among a face's concentrations; null if no head is of `scf`. */
  readonly kappaHead: number | null;
  readonly seed: number;
  /** Resamples of the bands around ROC curves; 0 leaves them out. */
  readonly resamples?: number;
}

/** Computes all figures of all methods on one set of pairs. */
export function pairReport(
  pairs: readonly EvaluatedPair[],
  methods: readonly MethodInUse[],
  options: PairReportOptions,
): PairReport {
  const same = Uint8Array.from(pairs, (pair) => (pair.same ? 1 : 0));
  const genuine = same.reduce((sum, value) => sum + value, 0);
  const given = Uint16Array.from(pairs, ({ fold }) => fold);
  const folds = areFolds(given, same) ? given : evenFolds(same);
  const orders = {
    norm: pairNorms(pairs),
    random: randomQuality(pairs.length, options.seed),
    kappa: kappaOf(pairs, options.kappaHead),
  };
  const reports = methods.map((use): [MethodName, MethodReport] => [
    use.method.name,
    methodReport(pairs, use, { same, folds, orders, ...options }),
  ]);
  return {
    pairs: pairs.length,
    genuine,
    impostor: pairs.length - genuine,
    methods: Object.fromEntries(reports),
  };
}

/**
 * Whether there are several folds, each with pairs of both kinds. Thresholds set on folds of one
 * kind would be meaningless.
 */
function areFolds(folds: Uint16Array, same: Uint8Array): boolean {
  const kinds = new Map<number, Set<number>>();
  folds.forEach((fold, i) => kinds.set(fold, (kinds.get(fold) ?? new Set()).add(same[i]!)));
  return kinds.size > 1 && [...kinds.values()].every(({ size }) => size === 2);
}

interface Shared extends PairReportOptions {
  readonly same: Uint8Array;
  readonly folds: ArrayLike<number>;
  readonly orders: {
    readonly norm: Float64Array;
    readonly random: ArrayLike<number>;
    readonly kappa: Float64Array | null;
  };
}

function methodReport(
  pairs: readonly EvaluatedPair[],
  use: MethodInUse,
  { same, folds, orders, seed, resamples }: Shared,
): MethodReport {
  const { scores, own } = scorePairsBy(use, pairs);
  const [genuine, impostor] = [
    scores.filter((_, i) => same[i] === 1),
    scores.filter((_, i) => same[i] === 0),
  ];
  const accuracy = measured(() => foldAccuracy(scores, same, folds));
  const far = DISCARD_FARS.find((rate) => rate * impostor.length >= 1);
  const errors: DiscardReport['error'][] = ['accuracy', ...(far === undefined ? [] : [{ far }])];
  const curves = Object.entries({ own, ...orders }) as [DiscardOrder, ArrayLike<number> | null][];
  const hasBoth = genuine.length > 0 && impostor.length > 0;
  const discard = errors.flatMap((error) =>
    (['fixed', 're-estimated'] as const).flatMap((policy) =>
      curves.flatMap(([order, quality]): DiscardReport[] => {
        if (!quality || !hasBoth) return [];
        const points = discardCurve({
          scores,
          same,
          quality,
          policy,
          at: error === 'accuracy' ? { accuracy: true } : error,
          fractions: FRACTIONS,
        });
        return [{ order, policy, error, points, auerc: areaUnderDiscard(points, AUERC_LIMIT) }];
      }),
    ),
  );
  return {
    accuracy: accuracy?.mean ?? null,
    accuracyStd: accuracy?.std ?? null,
    auc: areaUnderCurve(genuine, impostor) ?? null,
    tarAtFar: Object.fromEntries(
      REPORTED_FARS.map((rate) => [
        String(rate),
        operatingPoint(genuine, impostor, rate)?.tar ?? null,
      ]),
    ),
    roc: hasBoth ? rocCurve(genuine, impostor, { seed, resamples }) : [],
    discard,
  };
}

/** κ of each pair's less certain side. */
function kappaOf(pairs: readonly EvaluatedPair[], head: number | null): Float64Array | null {
  if (head === null) return null;
  const mean = (faces: EvaluatedPair['a']) =>
    faces.reduce((sum, { concentrations }) => sum + concentrations[head]![0]!, 0) / faces.length;
  return Float64Array.from(pairs, ({ a, b }) => Math.min(mean(a), mean(b)));
}

/** Null where there are too few pairs, which is a RangeError. */
function measured<T>(measure: () => T): T | null {
  try {
    return measure();
  } catch (thrown) {
    if (thrown instanceof RangeError) return null;
    throw thrown;
  }
}
