import type { MethodName } from '../../../confidence/confidence-method';
import { methodsInOrder } from '../../../confidence/methods';
import { shareBelow } from '../../../evaluation/distribution';
import { isAccepted } from '../../../evaluation/roc';
import { measuredPoint, type MeasuredPoint } from '../../../evaluation/statistics/measured-point';
import { evidenceAt, impostorsNeeded } from '../../../evaluation/statistics/rule-of-thirty';
import { wilsonInterval } from '../../../evaluation/statistics/wilson-interval';
import { oneIn } from '../../../core/number-words';
import type { PairScores } from '../../../inference/pair-scores';
import { policyWords, type ReadingPolicy } from '../../../inference/reading-policy';
import type { HeadReading, PairDistributions } from '../../../training/session/run-events';
import { count } from '../../components/format';
import { FALSE_ACCEPT_RATES } from './far-choices';

/** A score of a pair, and what it is held against. */
export interface HeldScore {
  readonly method: MethodName;
  readonly score: number;
  /** Of the same head, method and policy. */
  readonly among: PairDistributions;
}

/** Whether a pair is accepted as one person's. */
export interface Verdict extends HeldScore {
  readonly point: MeasuredPoint;
  readonly accepted: boolean;
}

/**
 * The scores of a pair that have distributions to be held against, the default of
 * the verdict first.
 * @param reading of the head that the faces were read with; null if it has none of their policy
 * @throws RangeError for a reading under another policy
 */
export function heldScores(
  { policy, scores }: { readonly policy: ReadingPolicy; readonly scores: PairScores },
  reading: HeadReading | null,
): HeldScore[] {
  if (reading && reading.policy !== policy)
    throw new RangeError(`A score of "${policy}" can't be held against "${reading.policy}".`);
  return methodsInOrder(scores).flatMap((method) => {
    const among = reading?.distributions.find((each) => each.method === method);
    return among ? [{ method, score: scores[method]!, among }] : [];
  });
}

/** The score that decides: by the method that was chosen, else by the first. */
export const decisive = (
  held: readonly HeldScore[],
  chosen: MethodName | null,
): HeldScore | undefined => held.find(({ method }) => method === chosen) ?? held[0];

/** The verdict on a score at a FAR; null where its pairs of two people can't measure that rate. */
export function verdictOn(held: HeldScore, far: number): Verdict | null {
  const { score, among } = held;
  const point = measuredPoint(among.genuine, among.impostor, far);
  return point && { ...held, point, accepted: isAccepted(score, point) };
}

/**
 * Whether a verdict is a close call: as many strangers as pass this very score might have been the
 * rate that the threshold was set for, so other reference pairs could have turned the verdict.
 */
export function isClose({ score, among, point }: Verdict): boolean {
  const passing = 1 - shareBelow(among.impostor, score);
  const [low, high] = wilsonInterval(passing, among.impostor.length);
  return low <= point.far && point.far <= high;
}

/** The rate that was chosen if the pairs can measure it, else the lowest that they can. */
export function measurableRate(chosen: number, impostors: number): number | null {
  const measurable = FALSE_ACCEPT_RATES.filter((far) => evidenceAt(far, impostors) !== 'none');
  return measurable.includes(chosen as (typeof measurable)[number])
    ? chosen
    : (measurable.at(-1) ?? null);
}

/** Why some rates aren't offered, as a sentence; null if all are. */
export function unmeasurableText(impostors: number): string | null {
  const refused = FALSE_ACCEPT_RATES.filter((far) => evidenceAt(far, impostors) === 'none');
  if (refused.length === 0) return null;
  const needs = refused.map((far) => `${oneIn(far)} needs ${count(impostorsNeeded(far))} pairs`);
  return `${needs.join(', ')} of two people, and there are ${count(impostors)}.`;
}

/**
 * Why there is no verdict and what to do, as sentences.
 * @param head its name; null if there is none
 * @param isTraining the head is that of a run that hasn't ended
 */
export function noVerdictText(
  head: string | null,
  policy: ReadingPolicy,
  isTraining: boolean,
): string {
  if (head === null)
    return (
      'There is no verdict: thresholds are measured with a head, and there is none. Train one, ' +
      'or choose one under Models.'
    );
  const missing =
    `There is no verdict: the head in use (${head}) has no scores of validation pairs that were ` +
    `read as here (${policy}: ${policyWords[policy]}).`;
  return isTraining
    ? `${missing} They are made when the run ends.`
    : `${missing} Train it again with this studio, or choose another head.`;
}

/** Decimals of a score: a cosine is at most 1, other scores are larger. */
export const digitsOf = (method: MethodName): number => (method === 'cosine' ? 3 : 2);
