import type { ConfidenceMethod, ConfidentFace } from '../confidence/confidence-method';
import { dot } from '../core/vector';

/** A face of an evaluation, with the outputs of backbone and heads. */
export interface EvaluatedFace {
  /** [d], unit length. */
  readonly mu: Float32Array;
  /** ‖embedding‖ */
  readonly embeddingNorm: number;
  /** One for each head. */
  readonly concentrations: readonly Float32Array[];
  /** The detector's score of the face, 0..1; null for a crop taken as it is. */
  readonly detectorScore: number | null;
  /** √(area of the detected box), in the picture's pixels; null for a crop taken as it is. */
  readonly faceSize: number | null;
  /** Variance of the Laplacian of the grey crop as it was read. */
  readonly sharpness: number;
}

/** A method, and the index of the head whose concentrations it uses; null if it uses none. */
export interface MethodInUse {
  readonly method: ConfidenceMethod;
  readonly head: number | null;
}

/** A pair of two sides: each a face, or a template of several faces. */
export interface EvaluatedPair {
  readonly a: readonly EvaluatedFace[];
  readonly b: readonly EvaluatedFace[];
  /** Names of the people of both sides; absent if the set names nobody. */
  readonly people?: readonly [string, string];
  readonly same: boolean;
  /** From 0. */
  readonly fold: number;
}

/** A number for each side of each pair: parallel arrays. NaN for a side that has none. */
export interface SideValues {
  readonly a: Float64Array;
  readonly b: Float64Array;
}

/** A method's results for pairs; parallel arrays. */
export interface ScoredPairs {
  readonly scores: Float64Array;
  /** The sides' confidences by the method; null if it has no head. */
  readonly confidence: SideValues | null;
}

/** Scores pairs by a method, which also pools the faces of a side. */
export function scorePairsBy(
  { method, head }: MethodInUse,
  pairs: readonly EvaluatedPair[],
): ScoredPairs {
  const scores = new Float64Array(pairs.length);
  const confidence = {
    a: new Float64Array(pairs.length),
    b: new Float64Array(pairs.length),
  };
  const confidentFace = ({ mu, concentrations }: EvaluatedFace): ConfidentFace => ({
    mu,
    concentration: head === null ? NONE : concentrations[head]!,
  });
  const sideOf = (faces: readonly EvaluatedFace[]): ConfidentFace =>
    faces.length === 1 ? confidentFace(faces[0]!) : method.pool(faces.map(confidentFace));
  // A template is in many pairs, so it is pooled only once.
  const sides = new Map<readonly EvaluatedFace[], ConfidentFace>();
  const side = (faces: readonly EvaluatedFace[]) => {
    const known = sides.get(faces) ?? sideOf(faces);
    if (faces.length > 1) sides.set(faces, known);
    return known;
  };
  pairs.forEach((pair, i) => {
    const [a, b] = [side(pair.a), side(pair.b)];
    scores[i] = method.pairScore(a, b, dot(a.mu, b.mu));
    confidence.a[i] = method.confidence(a) ?? NaN;
    confidence.b[i] = method.confidence(b) ?? NaN;
  });
  return { scores, confidence: head === null ? null : confidence };
}

/** The lower of each pair's two sides, NaN if one has none: a pair's quality. */
export const lowerSides = ({ a, b }: SideValues): Float64Array =>
  a.map((value, i) => Math.min(value, b[i]!));

/** A number of each face, by sides; a template has the mean of its faces. */
export function sideMeans(
  pairs: readonly EvaluatedPair[],
  valueOf: (face: EvaluatedFace) => number | null,
): SideValues {
  const mean = (faces: readonly EvaluatedFace[]) =>
    faces.reduce((sum, face) => sum + (valueOf(face) ?? NaN), 0) / faces.length;
  return {
    a: Float64Array.from(pairs, ({ a }) => mean(a)),
    b: Float64Array.from(pairs, ({ b }) => mean(b)),
  };
}

const NONE = new Float32Array();
