import { counted, fixed } from '../../components/format';
import type {
  HeadCollapse,
  RunState,
  ValidationResult,
} from '../../../training/session/run-events';

/** What a run came to. */
export interface RunResult {
  /** Short: "Finished: it has learnt". */
  readonly title: string;
  /** What was measured, in one sentence; what to do about it, if it has not learnt. */
  readonly sentence: string;
}

const endings: Readonly<Partial<Record<RunState, string>>> = {
  finished: 'Finished',
  stopped: 'Stopped',
  failed: 'Ended by a fault',
};

/** ρ below which κ says too little of a picture. */
const WEAK = 0.3;

/**
 * What a run came to, in words.
 * @param symbol of its confidence: κ or its counterpart
 */
export function resultWords(
  runState: RunState,
  validation: Pick<ValidationResult, 'spearman' | 'images' | 'identities'> | null,
  collapse: HeadCollapse | null,
  symbol: string,
): RunResult {
  const ending = endings[runState] ?? 'Ended';
  if (collapse)
    return {
      title: `${ending}: the head has not learnt`,
      sentence: `${collapse.message} ${collapse.nextStep}`,
    };
  if (!validation)
    return {
      title: ending,
      sentence: 'It ended before its first validation, so nothing is measured of its head.',
    };
  const { spearman, images, identities } = validation;
  const seen =
    `On ${counted(images, 'picture')} of ` +
    `${counted(identities, 'person', 'people')} that it never trained on`;
  if (spearman === null)
    return {
      title: ending,
      sentence: `${seen}, ${symbol} can’t be ranked against cos θ: all are the same.`,
    };
  const rho = `ρ = ${fixed(spearman, 2)}, where 1 is the same order and 0 is chance`;
  if (spearman < WEAK)
    return {
      title: `${ending}: the head has hardly learnt`,
      sentence: `${seen}, ${symbol} says little of how near a picture is to its person: ${rho}.`,
    };
  return {
    title: `${ending}: the head has learnt`,
    sentence: `${seen}, ${symbol} follows how near a picture is to its person: ${rho}.`,
  };
}
