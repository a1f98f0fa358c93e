import type { MethodName } from '../confidence/confidence-method';
import { areaUnderDiscard, discardCurve, randomQuality, type DiscardPoint } from './discard';
import {
  pairNorms,
  scorePairsBy,
  type EvaluatedPair,
  type MethodInUse,
  type ScoredPairs,
} from './evaluated-pairs';
import { areFolds, evenFolds } from './folds';
import { methodFigures, reportedEvidence, type MethodFigures } from './statistics/method-figures';
import { Resampling, resamplesFor, type ResampledUnit } from './statistics/resampling';
import type { Evidence } from './statistics/rule-of-thirty';

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

/** One method's figures on a set of pairs, and its curves of error against discard. */
export interface MethodReport extends MethodFigures {
  /** Of the first draw of the degradations. */
  readonly discard: readonly DiscardReport[];
}

/** All methods' figures on one set of pairs. */
export interface PairReport {
  /** Pairs with a score. */
  readonly pairs: number;
  readonly genuine: number;
  readonly impostor: number;
  /**
   * By the FAR as text, whether the impostor pairs measure a TAR at it: `enough`, `few` (printed
   * with a mark) or `none` (not printed).
   */
  readonly evidence: Readonly<Record<string, Evidence>>;
  /** How often the degradations were drawn; 1 if nothing is degraded. */
  readonly draws: number;
  /** What the intervals come from. */
  readonly bootstrap: {
    /** 0 for figures without intervals. */
    readonly resamples: number;
    readonly over: ResampledUnit;
    /** People, or pairs, drawn in each resample. */
    readonly units: number;
  };
  readonly methods: Readonly<Partial<Record<MethodName, MethodReport>>>;
}

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
  /**
   * The same pairs, in the same order, with their degradations drawn again, once for each further
   * draw.
   */
  readonly redrawn?: readonly (readonly EvaluatedPair[])[];
  /** Resamples of the intervals; 0 leaves them out. By default as many as time allows. */
  readonly resamples?: number;
}

/** Scores weighed in all resamples together, about ten million a second. */
const SCORE_BUDGET = 1.5e8;

/** Computes all figures of all methods on one set of pairs. */
export function pairReport(
  pairs: readonly EvaluatedPair[],
  methods: readonly MethodInUse[],
  options: PairReportOptions,
): PairReport {
  const { seed, redrawn = [], kappaHead } = options;
  const same = Uint8Array.from(pairs, (pair) => (pair.same ? 1 : 0));
  const genuine = same.reduce((sum, value) => sum + value, 0);
  const given = Uint16Array.from(pairs, ({ fold }) => fold);
  const folds = areFolds(given, same) ? given : evenFolds(same);
  const draws = [pairs, ...redrawn];
  const scored = methods.map((use) => draws.map((draw) => scorePairsBy(use, draw)));
  const resampling = new Resampling(pairs, seed);
  const work = pairs.length * draws.length * methods.length;
  const resamples = options.resamples ?? resamplesFor(work, SCORE_BUDGET);
  const figures = methodFigures({
    scores: scored.map((each) => each.map(({ scores }) => scores)),
    same,
    folds,
    cosine: methods.findIndex(({ method }) => method.name === 'cosine'),
    resampling,
    resamples,
  });
  const orders = {
    norm: pairNorms(pairs),
    random: randomQuality(pairs.length, seed),
    kappa: kappaOf(pairs, kappaHead),
  };
  const reports = methods.map(({ method }, i): [MethodName, MethodReport] => [
    method.name,
    { ...figures[i]!, discard: discardReports(scored[i]![0]!, { same, orders }) },
  ]);
  return {
    pairs: pairs.length,
    genuine,
    impostor: pairs.length - genuine,
    evidence: reportedEvidence(pairs.length - genuine),
    draws: draws.length,
    bootstrap: { resamples, over: resampling.over, units: resampling.units },
    methods: Object.fromEntries(reports),
  };
}

interface Shared {
  readonly same: Uint8Array;
  readonly orders: {
    readonly norm: Float64Array;
    readonly random: ArrayLike<number>;
    readonly kappa: Float64Array | null;
  };
}

function discardReports({ scores, own }: ScoredPairs, { same, orders }: Shared): DiscardReport[] {
  const [genuine, impostor] = [
    scores.filter((_, i) => same[i] === 1),
    scores.filter((_, i) => same[i] === 0),
  ];
  const far = DISCARD_FARS.find((rate) => rate * impostor.length >= 1);
  const errors: DiscardReport['error'][] = ['accuracy', ...(far === undefined ? [] : [{ far }])];
  const curves = Object.entries({ own, ...orders }) as [DiscardOrder, ArrayLike<number> | null][];
  const hasBoth = genuine.length > 0 && impostor.length > 0;
  return errors.flatMap((error) =>
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
}

/** κ of each pair's less certain side. */
function kappaOf(pairs: readonly EvaluatedPair[], head: number | null): Float64Array | null {
  if (head === null) return null;
  const mean = (faces: EvaluatedPair['a']) =>
    faces.reduce((sum, { concentrations }) => sum + concentrations[head]![0]!, 0) / faces.length;
  return Float64Array.from(pairs, ({ a, b }) => Math.min(mean(a), mean(b)));
}
