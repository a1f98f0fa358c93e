import type { MethodName } from '../../confidence/confidence-method';
import { counted } from '../../core/number-words';
import { seededRandom, shuffled } from '../../core/seeded-random';
import type { EvaluatedPair, MethodInUse, ScoredPairs } from '../evaluated-pairs';
import { edcCurve, fnmrAt, partialArea, theoreticalBestArea } from './edc';
import {
  areaUnderErc,
  ERC_FMRS,
  ERC_SHARES,
  ercCurves,
  measuredShare,
  whyNoFnmr,
  type ErcPoint,
} from './erc';
import {
  pairQualities,
  type ExternalQuality,
  type LeftOutQuality,
  type NormDirection,
  type QualityKind,
} from './pair-qualities';

/** The names of the two ways to measure error against discard. */
export const discardPresets = ['2303.13294', 'cr-fiqa'] as const;
export type DiscardPreset = (typeof discardPresets)[number];

/** The starting error of `2303.13294`: FNMR over all genuine comparisons. */
const STARTING_ERROR = 0.05;
/** Its pAUC is taken up to this share of comparisons discarded. */
const AREA_LIMIT = 0.2;
/** The shares of comparisons discarded at which NIST's FATE reports FNMR. */
export const FATE_SHARES: readonly number[] = [0.05, 0.2];
/** The shares that an EDC curve is kept at. */
const EDC_SHARES: readonly number[] = Array.from({ length: 96 }, (_, i) => i / 100);
/** Random orders whose mean figures are those of chance. */
const CHANCE_ORDERS = 20;
const CHANCE = 'chance';

/** One quality's figures by `2303.13294`. */
export interface EdcRow {
  readonly quality: string;
  /** Genuine comparisons of which both sides have the quality. */
  readonly comparisons: number;
  /** Set on all of them, and kept. */
  readonly threshold: number;
  /** FNMR at each of the preset's shares, 0..1. */
  readonly fnmr: readonly number[];
  /** FNMR at each of {@link FATE_SHARES}, by the share as text. */
  readonly fnmrAt: Readonly<Record<string, number>>;
  /** pAUC up to {@link AREA_LIMIT}. */
  readonly area: number;
  /** The same without the area under the theoretical best. */
  readonly areaAboveBest: number;
}

/** Errors below which an order of them is mostly chance: as few as decide no rate. */
const LEAST_ERRORS = 10;

/** How many errors there are to discard, "25 errors", and what is to be thought of few. */
export function errorWords({ fnmr, comparisons }: Pick<EdcRow, 'fnmr' | 'comparisons'>): string {
  const errors = Math.round(fnmr[0]! * comparisons);
  const few = errors < LEAST_ERRORS ? ', too few to compare qualities by' : '';
  return `${counted(errors, 'error')}${few}`;
}

/** One quality's figures by `cr-fiqa` at one FMR. */
export interface ErcRow {
  readonly quality: string;
  readonly fmr: number;
  /** At each of the preset's shares; null where the pairs kept can't measure the FMR. */
  readonly fnmr: readonly (number | null)[];
  /** Area under the curve up to the FMR's {@link ErcReach.measured}; null if it isn't known. */
  readonly area: number | null;
  /** Why the curve ends early, if it does. */
  readonly reason: string | null;
}

/**
 * How far the curves of one FMR are measured, so that their areas can be compared. Qualities that
 * some pairs lack don't count.
 */
export interface ErcReach {
  readonly fmr: number;
  /** The largest share up to which every such curve has values; null if one has none. */
  readonly measured: number | null;
}

/** Error against discard by a method's scores, for every quality. */
export interface MethodDiscard {
  /** null without genuine comparisons. */
  readonly '2303.13294': {
    readonly startingError: number;
    readonly areaLimit: number;
    readonly discarded: readonly number[];
    readonly rows: readonly EdcRow[];
  } | null;
  readonly 'cr-fiqa': {
    readonly discarded: readonly number[];
    readonly reach: readonly ErcReach[];
    readonly rows: readonly ErcRow[];
  };
}

/** Error against discard of one set of pairs. */
export interface DiscardReport {
  /** What pairs are discarded by, in the order of the rows; the last is chance. */
  readonly qualities: readonly { readonly name: string; readonly kind: QualityKind }[];
  /** Qualities that these pairs can't be ordered by, with the reasons. */
  readonly leftOut: readonly LeftOutQuality[];
  readonly norm: NormDirection;
  /** Random orders whose mean figures are those of chance. */
  readonly chanceOrders: number;
  readonly methods: Readonly<Partial<Record<MethodName, MethodDiscard>>>;
}

/**
 * Error against discard by both presets, of the scores of every method and for every quality.
 * @param scored the results of `methods`, in their order
 */
export function discardReport(
  pairs: readonly EvaluatedPair[],
  methods: readonly MethodInUse[],
  scored: readonly ScoredPairs[],
  { seed, external = [] }: { seed: number; external?: readonly ExternalQuality[] },
): DiscardReport {
  const { qualities, leftOut, norm } = pairQualities(pairs, methods, scored, external);
  const same = Uint8Array.from(pairs, (pair) => (pair.same ? 1 : 0));
  const orders: Order[] = [
    ...qualities.map(({ name, values }) => ({ name, all: [values] })),
    { name: CHANCE, all: randomOrders(pairs.length, seed) },
  ];
  return {
    qualities: [
      ...qualities.map(({ name, kind }) => ({ name, kind })),
      { name: CHANCE, kind: 'chance' },
    ],
    leftOut,
    norm,
    chanceOrders: CHANCE_ORDERS,
    methods: Object.fromEntries(
      methods.map(({ method }, i) => [method.name, methodDiscard(scored[i]!.scores, same, orders)]),
    ),
  };
}

/** Qualities by one name: several for chance, whose figures are their means. */
interface Order {
  readonly name: string;
  readonly all: readonly ArrayLike<number>[];
}

const randomOrders = (count: number, seed: number): number[][] =>
  Array.from({ length: CHANCE_ORDERS }, (_, i) =>
    shuffled([...Array(count).keys()], seededRandom(seed, 0x64697363, i)),
  );

function methodDiscard(
  scores: ArrayLike<number>,
  same: ArrayLike<number>,
  orders: readonly Order[],
): MethodDiscard {
  const rows = orders.flatMap(({ name, all }) => edcRow(name, all, scores, same) ?? []);
  const erc = orders.map(({ name, all }) => ({
    name,
    curves: meanCurves(all.map((quality) => ercCurves(measuredOnly(scores, same, quality)))),
  }));
  const ofAllPairs = erc.filter(({ curves }) => curves[0]![0]!.kept === scores.length);
  const reach = ERC_FMRS.map((fmr, at): ErcReach => {
    const shares = ofAllPairs.map(({ curves }) => measuredShare(curves[at]!) ?? -1);
    const least = Math.min(...shares);
    return { fmr, measured: least < 0 ? null : least };
  });
  return {
    '2303.13294':
      rows.length === 0
        ? null
        : {
            startingError: STARTING_ERROR,
            areaLimit: AREA_LIMIT,
            discarded: EDC_SHARES,
            rows,
          },
    'cr-fiqa': {
      discarded: ERC_SHARES,
      reach,
      rows: erc.flatMap(({ name, curves }) =>
        reach.map(({ fmr, measured }, at) => ercRow(name, curves[at]!, fmr, measured)),
      ),
    },
  };
}

/** The pairs whose quality is known. */
function measuredOnly(
  scores: ArrayLike<number>,
  same: ArrayLike<number>,
  quality: ArrayLike<number>,
) {
  const known = Array.from({ length: scores.length }, (_, i) => i).filter(
    (i) => !Number.isNaN(quality[i]!),
  );
  return {
    scores: known.map((i) => scores[i]!),
    same: known.map((i) => same[i]!),
    quality: known.map((i) => quality[i]!),
  };
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function edcRow(
  name: string,
  orders: readonly ArrayLike<number>[],
  scores: ArrayLike<number>,
  same: ArrayLike<number>,
): EdcRow | null {
  const curves = orders.flatMap((order) => {
    const known = measuredOnly(scores, same, order);
    const isGenuine = (_: number, i: number) => known.same[i] === 1;
    const genuine = known.scores.filter(isGenuine);
    return edcCurve(genuine, known.quality.filter(isGenuine), STARTING_ERROR) ?? [];
  });
  const [first] = curves;
  if (!first) return null;
  const fnmr = (share: number) => meanOf(curves.map((curve) => fnmrAt(curve, share)));
  const area = meanOf(curves.map((curve) => partialArea(curve, AREA_LIMIT)));
  return {
    quality: name,
    comparisons: first.comparisons,
    threshold: first.threshold,
    fnmr: EDC_SHARES.map(fnmr),
    fnmrAt: Object.fromEntries(FATE_SHARES.map((share) => [String(share), fnmr(share)])),
    area,
    areaAboveBest: area - theoreticalBestArea(first.fnmr[0]!, AREA_LIMIT),
  };
}

/** The mean of several orders' curves; a point that one order can't measure is null. */
function meanCurves(orders: readonly (readonly (readonly ErcPoint[])[])[]): ErcPoint[][] {
  return orders[0]!.map((curve, at) =>
    curve.map((_, step): ErcPoint => {
      const points = orders.map((curves) => curves[at]![step]!);
      const fnmrs = points.map(({ fnmr }) => fnmr);
      return {
        kept: points[0]!.kept,
        impostors: Math.min(...points.map(({ impostors }) => impostors)),
        fnmr: fnmrs.some((fnmr) => fnmr === null) ? null : meanOf(fnmrs as number[]),
      };
    }),
  );
}

function ercRow(
  name: string,
  points: readonly ErcPoint[],
  fmr: number,
  measured: number | null,
): ErcRow {
  const gap = points.find(({ fnmr }) => fnmr === null);
  return {
    quality: name,
    fmr,
    fnmr: points.map(({ fnmr }) => fnmr),
    area: measured === null ? null : areaUnderErc(points, measured),
    reason: gap ? whyNoFnmr(fmr, gap) : null,
  };
}
