import { oneIn } from '../../../core/number-words';
import { genuineNear } from '../../../evaluation/statistics/genuine-near';
import { FEW_MARK } from '../../../evaluation/statistics/rule-of-thirty';
import { wilsonInterval } from '../../../evaluation/statistics/wilson-interval';
import type { HeadReading } from '../../../training/session/run-events';
import { policyWords } from '../../../inference/reading-policy';
import { count, counted, percent } from '../../components/format';
import { MethodTerm } from '../../words/method-term';
import { Term } from '../../words/term';
import { isRight, truthText, type PairTruth } from './known-truth';
import { isClose, type Verdict } from './verdict';

/** The verdict in a few words. One picture beside itself is never called another person. */
export function headlineOf(verdict: Verdict, truth: PairTruth | null): string {
  if (!verdict.accepted && truth === 'one-picture') return 'Too unsure to say';
  const words = verdict.accepted ? 'Same person' : 'Not the same';
  return isClose(verdict) ? `${words}, barely` : words;
}

/** What is true, and whether the verdict is. */
export function truthSentence(accepted: boolean, truth: PairTruth): string {
  if (!accepted && truth === 'one-picture')
    return (
      'Both sides are the same picture. The head is so unsure of it that even beside itself it ' +
      'doesn’t pass.'
    );
  const isFine = isRight(accepted, truth);
  return `${truthText(truth)}. The verdict is ${isFine ? 'right' : 'wrong'}.`;
}

/** From this share on, its lower end is what the reference pairs show. */
const NEARLY_ALL = 0.995;

/** How often a verdict on such a score is right, by the reference pairs that score alike. */
export function SurenessWords({ verdict: { among, score, accepted } }: { verdict: Verdict }) {
  const near = genuineNear(among.genuine, among.impostor, score);
  if (near === null) return null;
  const right = (share: number) => (accepted ? share : 1 - share);
  const [low, high] = near.interval.map(right).sort((one, other) => one - other) as [
    number,
    number,
  ];
  return (
    <>
      Of reference pairs that score alike,{' '}
      {right(near.share) < NEARLY_ALL ? (
        <>
          {percent(right(near.share), 0)} (
          <Term name="interval">
            {(100 * low).toFixed(0)} to {percent(high, 0)}
          </Term>
          )
        </>
      ) : (
        <>
          at <Term name="interval">least {percent(Math.floor(1000 * low) / 1000)}</Term>
        </>
      )}{' '}
      are of {accepted ? 'one person' : 'two people'}, if half are strangers.
    </>
  );
}

/** The false accept rate that a verdict is held to, as measured, with its interval. */
export function StrictnessWords({
  verdict: { among, point },
  far,
}: {
  verdict: Verdict;
  far: number;
}) {
  const [low, high] = wilsonInterval(point.far, among.impostor.length);
  const digits = far < 0.01 ? 2 : 1;
  return (
    <>
      So strict that <Term name="far">{oneIn(far)} pairs of strangers</Term> pass (measured{' '}
      {percent(point.far, digits)}
      {point.evidence === 'few' && FEW_MARK}, 95 % interval {(100 * low).toFixed(digits)} to{' '}
      {percent(high, digits)}).
    </>
  );
}

/**
 * What the method beside the deciding one says of the same pair, and how many pairs of one person
 * each of them recognises: "Cosine alone says not the same. As strict, it recognises 91.0 % of
 * pairs of one person, SCF 94.2 %."
 */
export function BesideWords({ deciding, other }: { deciding: Verdict; other: Verdict }) {
  const alone = other.method === 'cosine' ? ' alone' : '';
  const agrees = deciding.accepted === other.accepted;
  const says = agrees ? 'agrees' : `says ${other.accepted ? 'the same person' : 'not the same'}`;
  return (
    <>
      <MethodTerm method={other.method} />
      {alone} {says}. As strict, it recognises <Term name="tar">{percent(other.point.tar)}</Term> of
      pairs of one person, <MethodTerm method={deciding.method} /> {percent(deciding.point.tar)}.
    </>
  );
}

/** What a verdict was measured on. */
export function ReferencePairs({ reading }: { reading: HeadReading }) {
  const { policy, kappa, distributions } = reading;
  const [first] = distributions;
  const degraded =
    kappa && kappa.pictures > kappa.cleanPictures
      ? Math.round(100 * (1 - kappa.cleanPictures / kappa.pictures))
      : null;
  return (
    <>
      {counted(first?.impostor.length ?? 0, 'pair')} of two people and{' '}
      {count(first?.genuine.length ?? 0)} of one person, from the <Term name="head">head</Term>’s
      held-out <Term name="validation">validation pictures</Term>
      {degraded !== null && (
        <>
          , {degraded} % of them <Term name="augmentation">degraded</Term>
        </>
      )}
      , read as here ({policy}: {policyWords[policy]}).
    </>
  );
}
