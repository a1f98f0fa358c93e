import type { MethodName } from '../confidence/confidence-method';
import { scorePairsBy, type MethodInUse } from '../evaluation/evaluated-pairs';
import { methodInUse, methodsOf, type EvaluatedHead } from './evaluation/evaluated-heads';
import type { FaceReading } from './face-reader';

/** A pair's score by each method: cosine always, and those that the heads serve. */
export type PairScores = { readonly cosine: number } & Readonly<
  Partial<Record<MethodName, number>>
>;

/**
 * Scores one pair, of two faces or two templates, exactly as an evaluation scores its pairs.
 * @param heads those that the faces were read with, in the same order
 * @throws RangeError for faces of different policies, and for a template that cancels out
 */
export function pairScores(
  a: readonly FaceReading[],
  b: readonly FaceReading[],
  heads: readonly EvaluatedHead[],
): PairScores {
  const policies = new Set([...a, ...b].map(({ policy }) => policy));
  if (policies.size !== 1)
    throw new RangeError(
      `Faces of one policy can be compared; these have ${[...policies].join(', ') || 'none'}.`,
    );
  const pair = { a, b, same: false, fold: 0 };
  const score = (use: MethodInUse) => scorePairsBy(use, [pair]).scores[0]!;
  const methods = methodsOf(heads).map((name) => methodInUse(name, heads));
  return Object.fromEntries(
    methods.map((use) => [use.method.name, score(use)]),
  ) as unknown as PairScores;
}
