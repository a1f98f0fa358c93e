import type { MethodName } from '../confidence/confidence-method';
import { discardReport, type DiscardReport } from './discard/discard-report';
import type { ExternalQuality } from './discard/pair-qualities';
import {
  scorePairsBy,
  type EvaluatedPair,
  type MethodInUse,
  type ScoredPairs,
} from './evaluated-pairs';
import { evenFolds, foldAccuracy } from './fold-accuracy';
import { areaUnderCurve } from './pair-figures';
import { operatingPoint } from './roc';
import { rocCurve, type RocPoint } from './roc-curve';

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
}

/** All methods' figures on one set of pairs. */
export interface PairReport {
  /** Pairs with a score. */
  readonly pairs: number;
  readonly genuine: number;
  readonly impostor: number;
  readonly discard: DiscardReport;
  readonly methods: Readonly<Partial<Record<MethodName, MethodReport>>>;
}

/** The rates of {@link MethodReport.tarAtFar}. */
const REPORTED_FARS: readonly number[] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5];

/** Options of {@link pairReport}. */
export interface PairReportOptions {
  readonly seed: number;
  /** Qualities from files. */
  readonly external?: readonly ExternalQuality[];
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
  const scored = methods.map((use) => scorePairsBy(use, pairs));
  const reports = methods.map(({ method }, i): [MethodName, MethodReport] => [
    method.name,
    methodReport(scored[i]!, { same, folds, ...options }),
  ]);
  return {
    pairs: pairs.length,
    genuine,
    impostor: pairs.length - genuine,
    discard: discardReport(pairs, methods, scored, options),
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
}

function methodReport(
  { scores }: ScoredPairs,
  { same, folds, seed, resamples }: Shared,
): MethodReport {
  const [genuine, impostor] = [
    scores.filter((_, i) => same[i] === 1),
    scores.filter((_, i) => same[i] === 0),
  ];
  const accuracy = measured(() => foldAccuracy(scores, same, folds));
  const hasBoth = genuine.length > 0 && impostor.length > 0;
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
  };
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
