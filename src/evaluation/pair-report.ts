import type { MethodName } from '../confidence/confidence-method';
import { discardReport, type DiscardReport } from './discard/discard-report';
import type { ExternalQuality } from './discard/pair-qualities';
import { scorePairsBy, type EvaluatedPair, type MethodInUse } from './evaluated-pairs';
import { areFolds, evenFolds } from './folds';
import { methodFigures, reportedEvidence, type MethodFigures } from './statistics/method-figures';
import { Resampling, resamplesFor, type ResampledUnit } from './statistics/resampling';
import type { Evidence } from './statistics/rule-of-thirty';

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
  /** Of the first draw of the degradations. */
  readonly discard: DiscardReport;
  readonly methods: Readonly<Partial<Record<MethodName, MethodFigures>>>;
}

/** Options of {@link pairReport}. */
export interface PairReportOptions {
  readonly seed: number;
  /** Qualities from files. */
  readonly external?: readonly ExternalQuality[];
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
  const { seed, redrawn = [], external } = options;
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
  return {
    pairs: pairs.length,
    genuine,
    impostor: pairs.length - genuine,
    evidence: reportedEvidence(pairs.length - genuine),
    draws: draws.length,
    bootstrap: { resamples, over: resampling.over, units: resampling.units },
    discard: discardReport(
      pairs,
      methods,
      scored.map(([first]) => first!),
      { seed, external },
    ),
    methods: Object.fromEntries(methods.map(({ method }, i) => [method.name, figures[i]!])),
  };
}
