import type { MethodName } from '../../../confidence/confidence-method';
import { methodTitles } from '../../../confidence/methods';
import type { SweepKind } from '../../../studio/protocol';
import type { HeadReading } from '../../../training/session/run-events';
import { COMPARE_POLICY } from '../use-reading';
import { isRight, truthText, type PairTruth } from '../verdict/known-truth';
import { marginOf, marginScale, type MarginScale } from '../verdict/margin';
import { decisive, heldScores } from '../verdict/verdict';

/** A method that a sweep follows, on the scale of the verdict's axis. */
export interface SweptMethod {
  readonly method: MethodName;
  readonly name: string;
  readonly scale: MarginScale;
}

type SweepPoint = SweepKind['points'][number];

/**
 * The methods that a sweep shows: the one that decides, and cosine or the best of the others.
 * @param chosen for the verdict; null for the default
 * @returns none where there are no reference pairs that measure the rate
 */
export function sweptMethods(
  points: readonly SweepPoint[],
  reading: HeadReading | null,
  chosen: MethodName | null,
  far: number,
): SweptMethod[] {
  const scores = points[0]?.scores;
  if (!scores) return [];
  const held = heldScores({ policy: COMPARE_POLICY, scores }, reading);
  const first = decisive(held, chosen);
  const others = held.filter((each) => each !== first);
  const beside = others.find(({ method }) => method === 'cosine') ?? others[0];
  return [first, beside].flatMap((each) => {
    const scale = each && marginScale(each, far);
    return each && scale ? [{ method: each.method, name: methodTitles[each.method], scale }] : [];
  });
}

/** The margin of a method at a step of a sweep; null if it has no score there. */
export function sweptMargin({ scores }: SweepPoint, { method, scale }: SweptMethod): number | null {
  const score = scores[method];
  return score === undefined ? null : marginOf(score, scale);
}

/** The first level at which a method's verdict isn't that of the clear picture; null if none. */
export function flipLevel(points: readonly SweepPoint[], method: SweptMethod): number | null {
  const accepted = points.map((point) => (sweptMargin(point, method) ?? -Infinity) >= 0);
  const flip = accepted.findIndex((each) => each !== accepted[0]);
  return flip < 0 ? null : points[flip]!.level;
}

/**
 * What a whole sweep comes to, as sentences: how often each method is right, or, where the truth
 * isn't known, how often it says the same person.
 */
export function sweepLesson(
  kinds: readonly SweepKind[],
  methods: readonly SweptMethod[],
  truth: PairTruth | null,
): string | null {
  const points = kinds.flatMap((kind) => kind.points);
  if (points.length === 0 || methods.length === 0) return null;
  const does = truth === null ? 'says the same person' : 'is right';
  const counts = methods.map((method) => {
    const verdicts = points.map((point) => (sweptMargin(point, method) ?? -Infinity) >= 0);
    const counting = verdicts.filter((accepted) =>
      truth === null ? accepted : isRight(accepted, truth),
    );
    return `${method.name} ${does} in ${counting.length}`;
  });
  // Spoiled, one picture is no longer the other.
  const known = truthText(truth === 'one-picture' ? 'same-person' : truth);
  return `${known ? `${known}. ` : ''}Of ${points.length} comparisons, ${counts.join(', ')}.`;
}

/** What becomes of each method's verdict, as a sentence. */
export function flipText(points: readonly SweepPoint[], methods: readonly SweptMethod[]): string {
  const parts = methods.map((method) => {
    const level = flipLevel(points, method);
    const first = points[0] && sweptMargin(points[0], method);
    const verdict = (first ?? -1) >= 0 ? 'the same person' : 'not the same';
    if (level === null) return `${method.name} says ${verdict} throughout`;
    return `${method.name} changes its verdict at ${level.toFixed(2)}`;
  });
  return parts.length === 0 ? '' : `${parts.join('; ')}.`;
}
