import type { MethodName } from '../../../confidence/confidence-method';
import { methodsInOrder, methodTitles } from '../../../confidence/methods';
import { isAccepted } from '../../../evaluation/roc';
import { measuredPoint } from '../../../evaluation/statistics/measured-point';
import { evidenceAt, impostorsNeeded } from '../../../evaluation/statistics/rule-of-thirty';
import { count, counted, oneIn } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';
import type { PairScores } from '../../../inference/pair-scores';
import { policyWords } from '../../../inference/reading-policy';
import type { HeadReading } from '../../../training/session/run-events';
import { POLICY } from './picture-reader';

/** Whether a pair's score by one method is accepted as one person's. */
export interface Verdict {
  /** Scores from here on are accepted. */
  readonly threshold: number;
  /** Share of the reference pairs of two people that the threshold accepts, as measured. */
  readonly far: number;
  readonly accepted: boolean;
}

/** The verdicts on a pair by method; a method without a threshold has none. */
export type Verdicts = Readonly<Partial<Record<MethodName, Verdict>>>;

/** The false accept rate of `--far`. @throws StudioError `bad-config` */
export function farOf(text: string): number {
  const far = Number(text);
  if (far > 0 && far < 1) return far;
  throw new StudioError(
    'bad-config',
    `--far is ${text}; a share between 0 and 1 was expected, such as 0.01.`,
    'Correct --far.',
  );
}

/**
 * The verdict on a pair by each method, at the threshold that keeps to `far` on the head's
 * validation pairs; none where too few of them measure that rate.
 * @param reading of faces that were read under the pair's policy; null if there is none
 * @throws RangeError for a reading under another policy
 */
export function verdictsOn(scores: PairScores, reading: HeadReading | null, far: number): Verdicts {
  if (reading && reading.policy !== POLICY)
    throw new RangeError(`A score of "${POLICY}" can't be held against "${reading.policy}".`);
  const verdicts: Partial<Record<MethodName, Verdict>> = {};
  for (const { method, genuine, impostor } of reading?.distributions ?? []) {
    const score = scores[method];
    const point = measuredPoint(genuine, impostor, far);
    if (score === undefined || !point) continue;
    const { threshold } = point;
    verdicts[method] = { threshold, far: point.far, accepted: isAccepted(score, point) };
  }
  return verdicts;
}

/** The verdict to go by, and each method's score with its own verdict, one a line. */
export function scoreLines(scores: PairScores, verdicts: Verdicts): string[] {
  const shown = methodsInOrder(scores);
  const width = Math.max(...shown.map((method) => methodTitles[method].length)) + 1;
  const decisive = shown.find((method) => verdicts[method]);
  const lines = shown.map((method) => {
    const digits = method === 'cosine' ? 4 : 2;
    const score = scores[method]!;
    const verdict = verdicts[method];
    const title = `${methodTitles[method]}:`.padEnd(width);
    const line = `${title} ${score.toFixed(digits)}`;
    if (!verdict) return line;
    const { threshold, accepted } = verdict;
    const margin = Math.abs(score - threshold).toFixed(digits);
    return accepted
      ? `${line}, the same person: ${margin} above the threshold ${threshold.toFixed(digits)}`
      : `${line}, not the same person: ${margin} below the threshold ${threshold.toFixed(digits)}`;
  });
  if (!decisive) return lines;
  const words = verdicts[decisive]!.accepted ? 'the same person' : 'not the same person';
  return [`Verdict by ${methodTitles[decisive]}: ${words}.`, ...lines];
}

/** What the thresholds were measured on, or why there are none, as sentences. */
export function referenceText(
  reading: HeadReading | null,
  far: number,
  head: { readonly name: string } | null,
): string {
  if (!head)
    return 'There is no verdict: the thresholds are measured with a head, and there is none.';
  const [first] = reading?.distributions ?? [];
  if (!first)
    return (
      `There is no verdict: ${head.name} has no scores of validation pairs that were read as ` +
      `here (${POLICY}: ${policyWords[POLICY]}). Train it again with this studio.`
    );
  const { genuine, impostor } = first;
  const pairs =
    `${counted(genuine.length, 'pair')} of one person and ${count(impostor.length)} of two, ` +
    `of the head's own validation pictures and their degraded copies`;
  const evidence = evidenceAt(far, impostor.length);
  if (evidence === 'none')
    return (
      `There is no verdict: a false accept rate of ${oneIn(far)} takes at least ` +
      `${counted(impostorsNeeded(far), 'pair')} of two people, and ${head.name} has ` +
      `${count(impostor.length)}. Name a larger one with --far.`
    );
  const few = evidence === 'few' ? ' Few pairs decide them.' : '';
  return (
    `The thresholds keep to a false accept rate of ${oneIn(far)}, measured on ${pairs}, read ` +
    `in the same way (${POLICY}: ${policyWords[POLICY]}).${few}`
  );
}
