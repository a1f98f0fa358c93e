import type { ConfidenceMethod, ConfidentFace } from '../../confidence/confidence-method';

/** Yields to the event loop after this many pairs. */
const PAIRS_PER_YIELD = 50_000;

/** Scores of both kinds, in the order of the pairs. */
export interface IjbScores {
  readonly genuine: Float64Array;
  readonly impostor: Float64Array;
  /** The index of the pair of each score. */
  readonly genuinePairs: Uint32Array;
  readonly impostorPairs: Uint32Array;
  /** Pairs that have no score, because one of their templates is null. */
  readonly lost: number;
}

/** Pairs to score, the method and callbacks. */
export interface IjbScoring {
  /** Indices into `templates`, parallel arrays. */
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly same: Uint8Array;
  /** null for a template whose pictures are all missing. */
  readonly templates: readonly (ConfidentFace | null)[];
  readonly method: ConfidenceMethod;
  readonly onProgress?: (pairs: number) => void;
  /** Awaited now and then: lets the worker handle messages, and throws to abort. */
  readonly yieldToEventLoop?: () => Promise<void>;
}

/** Scores millions of pairs into two arrays of numbers, without an object for each pair. */
export async function scoreIjbPairs({
  first,
  second,
  same,
  templates,
  method,
  onProgress,
  yieldToEventLoop,
}: IjbScoring): Promise<IjbScores> {
  const genuineCount = same.reduce((sum, value) => sum + value, 0);
  const genuine = new Float64Array(genuineCount);
  const impostor = new Float64Array(same.length - genuineCount);
  const genuinePairs = new Uint32Array(genuine.length);
  const impostorPairs = new Uint32Array(impostor.length);
  let g = 0;
  let i = 0;
  for (let pair = 0; pair < same.length; pair++) {
    if (pair % PAIRS_PER_YIELD === 0 && pair > 0) {
      onProgress?.(pair);
      await yieldToEventLoop?.();
    }
    const [a, b] = [templates[first[pair]!]!, templates[second[pair]!]!];
    if (!a || !b) continue;
    const score = method.pairScore(a, b, dot(a.mu, b.mu));
    if (same[pair] === 1) {
      genuinePairs[g] = pair;
      genuine[g++] = score;
    } else {
      impostorPairs[i] = pair;
      impostor[i++] = score;
    }
  }
  onProgress?.(same.length);
  return {
    genuine: genuine.subarray(0, g),
    impostor: impostor.subarray(0, i),
    genuinePairs: genuinePairs.subarray(0, g),
    impostorPairs: impostorPairs.subarray(0, i),
    lost: same.length - g - i,
  };
}

/**
 * As `dot` of core/vector.ts, but unrolled for speed into two sums, which a processor computes in
 * parallel: a release has millions of pairs. Its last bits may differ from that one's.
 */
function dot(a: Float32Array, b: Float32Array): number {
  let [even, odd] = [0, 0];
  const paired = a.length - (a.length % 2);
  for (let i = 0; i < paired; i += 2) {
    even += a[i]! * b[i]!;
    odd += a[i + 1]! * b[i + 1]!;
  }
  return paired < a.length ? even + odd + a[paired]! * b[paired]! : even + odd;
}
