import { confidenceSymbols, methodTitles } from '../../confidence/methods';
import { headOf } from '../../confidence/confidence-method';
import { dot } from '../../core/vector';
import { count, counted } from '../../core/number-words';
import {
  lowerSides,
  sideMeans,
  type EvaluatedFace,
  type EvaluatedPair,
  type MethodInUse,
  type ScoredPairs,
  type SideValues,
} from '../evaluated-pairs';
import { spearman } from '../spearman';

/** What a quality is measured by; `file` is an external one, `chance` a random order. */
export const qualityKinds = [
  'confidence',
  'norm',
  'detector',
  'size',
  'sharpness',
  'file',
  'chance',
] as const;
export type QualityKind = (typeof qualityKinds)[number];

/** A quality of pairs: the lower of the two sides'. */
export interface PairQuality {
  /** For people, such as `κ of SCF`; none occurs twice. */
  readonly name: string;
  readonly kind: QualityKind;
  /** One for each pair; larger is better. NaN if a side has none. */
  readonly values: Float64Array;
}

/** A quality that these pairs can't be ordered by. */
export interface LeftOutQuality {
  readonly name: string;
  /** As a predicate: "is not known for 3 of 40 faces". */
  readonly reason: string;
}

/** Qualities from a file, by sides; or why they don't apply to these pairs. */
export type ExternalQuality =
  | { readonly name: string; readonly sides: SideValues; readonly lowerIsBetter: boolean }
  | LeftOutQuality;

/** Which way ‖embedding‖ points on these pairs. */
export interface NormDirection {
  /**
   * Spearman's ρ between a genuine pair's lower ‖embedding‖ and its cos θ; null without two
   * different ones.
   */
  readonly spearman: number | null;
  readonly isLargerSurer: boolean;
}

/** All qualities of a set of pairs. */
export interface PairQualities {
  readonly qualities: readonly PairQuality[];
  readonly leftOut: readonly LeftOutQuality[];
  readonly norm: NormDirection;
}

/** Whether the studio has a quality of this name, which an external one can't have. */
export const isOwnQuality = (name: string): boolean =>
  /^(?:.* of .*|−?‖embedding‖|detector score|face size|sharpness|chance)$/.test(name);

/** Stands where these qualities are shown. */
export const DETECTION_NOTE =
  'Detector score and face size are those of the picture before degradation.';

/** Stands where degradations were drawn several times. */
export const FIRST_DRAW_NOTE =
  'Error against discard is of the first draw of the degradations, and has no intervals.';

/** A rank correlation nearer to 0 than this says nothing about which way a quality points. */
const MIN_SPEARMAN = 0.1;

/**
 * The qualities of pairs: the confidence of each head, ‖embedding‖ in the direction in which it is
 * surer on these genuine pairs, the detector's score and the face's size where all faces were
 * detected, sharpness, and those from files.
 * @param scored the results of `methods`, in their order
 */
export function pairQualities(
  pairs: readonly EvaluatedPair[],
  methods: readonly MethodInUse[],
  scored: readonly ScoredPairs[],
  external: readonly ExternalQuality[],
): PairQualities {
  const leftOut: LeftOutQuality[] = [];
  const faces = new Set(pairs.flatMap(({ a, b }) => [...a, ...b]));
  const ofDetection = (
    name: string,
    kind: QualityKind,
    valueOf: (face: EvaluatedFace) => number | null,
  ): PairQuality[] => {
    const without = [...faces].filter((face) => valueOf(face) === null).length;
    if (without === 0) return [{ name, kind, values: lowerSides(sideMeans(pairs, valueOf)) }];
    const reason =
      `is not known for ${count(without)} of ${counted(faces.size, 'face')}: crops that are ` +
      'taken as they are aren’t detected';
    leftOut.push({ name, reason });
    return [];
  };
  const norm = normDirection(pairs);
  const sign = norm.isLargerSurer ? 1 : -1;
  const qualities: PairQuality[] = [
    ...confidences(methods, scored),
    {
      name: norm.isLargerSurer ? '‖embedding‖' : '−‖embedding‖',
      kind: 'norm',
      values: lowerSides(sideMeans(pairs, ({ embeddingNorm }) => sign * embeddingNorm)),
    },
    ...ofDetection('detector score', 'detector', ({ detectorScore }) => detectorScore),
    ...ofDetection('face size', 'size', ({ faceSize }) => faceSize),
    {
      name: 'sharpness',
      kind: 'sharpness',
      values: lowerSides(sideMeans(pairs, ({ sharpness }) => sharpness)),
    },
  ];
  for (const each of external) {
    if ('sides' in each) qualities.push({ name: each.name, kind: 'file', values: inOrder(each) });
    else leftOut.push(each);
  }
  return { qualities, leftOut, norm };
}

/** The quality of the worse side, larger for better. */
function inOrder({
  sides: { a, b },
  lowerIsBetter,
}: Extract<ExternalQuality, { sides: SideValues }>): Float64Array {
  const upward = (side: Float64Array) => side.map((value) => (lowerIsBetter ? -value : value));
  return lowerSides({ a: upward(a), b: upward(b) });
}

/** One for each head: methods of one head order pairs alike, since κ′ = aκ^b rises with κ. */
function confidences(
  methods: readonly MethodInUse[],
  scored: readonly ScoredPairs[],
): PairQuality[] {
  const seen = new Set<number>();
  return methods.flatMap(({ method, head }, i): PairQuality[] => {
    const { confidence } = scored[i]!;
    if (head === null || !confidence || seen.has(head)) return [];
    seen.add(head);
    const name = `${confidenceSymbols[headOf(method.name)!]} of ${methodTitles[method.name]}`;
    return [{ name, kind: 'confidence', values: lowerSides(confidence) }];
  });
}

function normDirection(pairs: readonly EvaluatedPair[]): NormDirection {
  const genuine = pairs.filter(({ same }) => same);
  const lower = lowerSides(sideMeans(genuine, ({ embeddingNorm }) => embeddingNorm));
  // A template's direction is its faces' plain mean: ‖embedding‖ belongs to no method.
  const cosTheta = genuine.map(({ a, b }) => cosine(sumOf(a), sumOf(b)));
  const rho = spearman(lower, cosTheta) ?? null;
  return { spearman: rho, isLargerSurer: rho === null || rho >= 0 };
}

function sumOf(faces: readonly EvaluatedFace[]): Float32Array {
  return faces[0]!.mu.map((_, i) => faces.reduce((sum, { mu }) => sum + mu[i]!, 0));
}

const cosine = (a: Float32Array, b: Float32Array): number =>
  dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

/** "‖embedding‖: larger is surer here (ρ .41)" */
export function normSentence({ spearman: rho, isLargerSurer }: NormDirection): string {
  if (rho === null) return '‖embedding‖: which way it points can’t be said of these pairs';
  const size = Math.abs(rho).toFixed(2).replace(/^0/, '');
  const text = `ρ ${rho < 0 ? '−' : ''}${size}`;
  const way = isLargerSurer ? 'larger' : 'smaller';
  return Math.abs(rho) < MIN_SPEARMAN
    ? `‖embedding‖: says nothing here (${text}; ${way} is taken for surer)`
    : `‖embedding‖: ${way} is surer here (${text})`;
}
