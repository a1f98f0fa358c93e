import type { ConfidenceMethod, ConfidentFace } from '../../confidence/confidence-method';

/** Pairs between two lettings of messages in. */
const PAIRS_AT_ONCE = 50_000;

/** Scores by kind, in the order of the pairs. */
export interface IjbScores {
  readonly genuine: Float64Array;
  readonly impostor: Float64Array;
  /** Pairs with a template that was lost. */
  readonly lost: number;
}

/** How pairs are scored, and whom it tells. */
export interface IjbScoring {
  /** Places of templates in `templates`, parallel arrays. */
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly same: Uint8Array;
  /** null where all its pictures were lost. */
  readonly templates: readonly (ConfidentFace | null)[];
  readonly method: ConfidenceMethod;
  readonly onProgress?: (pairs: number) => void;
  /** Awaited now and then, to let messages in and to throw where it is to end. */
  readonly yieldToEventLoop?: () => Promise<void>;
}

/** Scores millions of pairs into two arrays of numbers, without an object a pair. */
export async function scoreIjbPairs({
  first,
  second,
  same,
  templates,
  method,
  onProgress,
  yieldToEventLoop,
}: IjbScoring): Promise<IjbScores> {
  const ofOne = same.reduce((sum, value) => sum + value, 0);
  const [genuine, impostor] = [new Float64Array(ofOne), new Float64Array(same.length - ofOne)];
  let [g, i] = [0, 0];
  for (let pair = 0; pair < same.length; pair++) {
    if (pair % PAIRS_AT_ONCE === 0 && pair > 0) {
      onProgress?.(pair);
      await yieldToEventLoop?.();
    }
    const [a, b] = [templates[first[pair]!]!, templates[second[pair]!]!];
    if (!a || !b) continue;
    const score = method.pairScore(a, b, dot(a.mu, b.mu));
    if (same[pair] === 1) genuine[g++] = score;
    else impostor[i++] = score;
  }
  onProgress?.(same.length);
  return {
    genuine: genuine.subarray(0, g),
    impostor: impostor.subarray(0, i),
    lost: same.length - g - i,
  };
}

/** In two sums, which a processor adds side by side. */
function dot(a: Float32Array, b: Float32Array): number {
  let [even, odd] = [0, 0];
  const paired = a.length - (a.length % 2);
  for (let i = 0; i < paired; i += 2) {
    even += a[i]! * b[i]!;
    odd += a[i + 1]! * b[i + 1]!;
  }
  return paired < a.length ? even + odd + a[paired]! * b[paired]! : even + odd;
}
