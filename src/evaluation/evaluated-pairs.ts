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

/** A method's results for pairs; parallel arrays. */
export interface ScoredPairs {
  readonly scores: Float64Array;
  /** The lower of the sides' confidences by the method; null if it has none. */
  readonly own: Float64Array | null;
}

/** Scores pairs by a method, which also pools the faces of a side. */
export function scorePairsBy(
  { method, head }: MethodInUse,
  pairs: readonly EvaluatedPair[],
): ScoredPairs {
  const scores = new Float64Array(pairs.length);
  const own = new Float64Array(pairs.length);
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
    own[i] = Math.min(method.confidence(a) ?? NaN, method.confidence(b) ?? NaN);
  });
  return { scores, own: head === null ? null : own };
}

/** The lower ‖embedding‖ of each pair's two sides; a template has the mean of its faces. */
export function pairNorms(pairs: readonly EvaluatedPair[]): Float64Array {
  const meanNorm = (faces: readonly EvaluatedFace[]) =>
    faces.reduce((sum, { embeddingNorm }) => sum + embeddingNorm, 0) / faces.length;
  return Float64Array.from(pairs, ({ a, b }) => Math.min(meanNorm(a), meanNorm(b)));
}

const NONE = new Float32Array();
