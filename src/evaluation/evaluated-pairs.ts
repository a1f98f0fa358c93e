import type { ConfidenceMethod, ConfidentFace } from '../confidence/confidence-method';

/** A face of an evaluation, as backbone and heads read it. */
export interface EvaluatedFace {
  /** [d], unit length. */
  readonly mu: Float32Array;
  /** ‖embedding‖ */
  readonly embeddingNorm: number;
  /** One a head. */
  readonly concentrations: readonly Float32Array[];
}

/** A method, and which head's numbers it reads; null where it reads none. */
export interface MethodInUse {
  readonly method: ConfidenceMethod;
  readonly head: number | null;
}

/** A pair: two faces, or two templates of several. */
export interface EvaluatedPair {
  readonly a: readonly EvaluatedFace[];
  readonly b: readonly EvaluatedFace[];
  readonly same: boolean;
  /** From 0. */
  readonly fold: number;
}

/** Pairs as one method scores them; parallel arrays. */
export interface ScoredPairs {
  readonly scores: Float64Array;
  /** By the method's own confidence; null where it has none. */
  readonly own: Float64Array | null;
}

/** Scores pairs by a method; a side of several faces is pooled as the method pools. */
export function scorePairsBy(
  { method, head }: MethodInUse,
  pairs: readonly EvaluatedPair[],
): ScoredPairs {
  const scores = new Float64Array(pairs.length);
  const own = new Float64Array(pairs.length);
  const asSeen = ({ mu, concentrations }: EvaluatedFace): ConfidentFace => ({
    mu,
    concentration: head === null ? NONE : concentrations[head]!,
  });
  const sideOf = (faces: readonly EvaluatedFace[]): ConfidentFace =>
    faces.length === 1 ? asSeen(faces[0]!) : method.pool(faces.map(asSeen));
  // Templates stand in many pairs.
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

/** The lesser ‖embedding‖ of each pair's sides. */
export function pairNorms(pairs: readonly EvaluatedPair[]): Float64Array {
  const meanNorm = (faces: readonly EvaluatedFace[]) =>
    faces.reduce((sum, { embeddingNorm }) => sum + embeddingNorm, 0) / faces.length;
  return Float64Array.from(pairs, ({ a, b }) => Math.min(meanNorm(a), meanNorm(b)));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

const NONE = new Float32Array();
