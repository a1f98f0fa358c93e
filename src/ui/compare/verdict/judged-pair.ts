import type { PairReading } from '../../../studio/protocol';
import type { HeadReading } from '../../../training/session/run-events';
import { useStudio } from '../../shell/use-studio';
import { useReading } from '../use-reading';
import { pairTruth, type PairTruth } from './known-truth';
import {
  decisive,
  heldScores,
  measurableRate,
  verdictOn,
  type HeldScore,
  type Verdict,
} from './verdict';

/** A pair, with everything that says what its scores mean. */
export interface JudgedPair {
  /** Of the head that the faces were read with; null if it has none of their policy. */
  readonly reading: HeadReading | null;
  /** The scores that can be held against pairs, the default of the verdict first. */
  readonly held: readonly HeldScore[];
  readonly deciding: HeldScore | undefined;
  /** The method shown beside the deciding one: cosine, or the best of the others. */
  readonly beside: HeldScore | undefined;
  /** The false accept rate that it is held to; null if none can be measured. */
  readonly far: number | null;
  readonly verdict: Verdict | null;
  /** null if it isn't known. */
  readonly truth: PairTruth | null;
}

/** Judges a pair by the method and at the rate that a person chose. */
export function useJudgedPair(pair: PairReading): JudgedPair {
  const chosen = useStudio((state) => state.verdictMethod);
  const chosenFar = useStudio((state) => state.verdictFar);
  const reading = useReading(pair.policy);
  const truth = usePairTruth();
  const held = heldScores(pair, reading);
  const deciding = decisive(held, chosen);
  const others = held.filter(({ method }) => method !== deciding?.method);
  const far = measurableRate(chosenFar, deciding?.among.impostor.length ?? 0);
  return {
    reading,
    held,
    deciding,
    beside: others.find(({ method }) => method === 'cosine') ?? others[0],
    far,
    verdict: deciding && far !== null ? verdictOn(deciding, far) : null,
    truth,
  };
}

/** What is known of the two sides on show. */
export const usePairTruth = (): PairTruth | null =>
  useStudio(({ faces, pair }) => pairTruth(faces.a, faces.b, pair?.isOnePicture ?? false));
