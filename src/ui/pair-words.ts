import type { PairFigures } from '../evaluation/pair-figures';
import type { PairSetFigures } from '../studio/protocol';
import { count, counted, fixed } from './figures';

/** A figure of a set: its name, what it is of cosine, and, where a head was trained, of the SCF score. */
export interface PairRow {
  readonly name: string;
  readonly cells: readonly string[];
}

/** The figures of a set, a row each, a cell a method. */
export function pairRows({ cosine, scf, genuine, impostor }: PairSetFigures): PairRow[] {
  const methods = scf ? [cosine, scf] : [cosine];
  const row = (name: string, cell: (figures: PairFigures) => string): PairRow => ({ name, cells: methods.map(cell) });
  const bothKinds = genuine > 0 && impostor > 0;
  return [
    row('AUC', ({ auc }) => (auc === undefined ? NOT_BOTH_KINDS : fixed(auc, 4))),
    ...cosine.points.map(({ far }, i) =>
      row(`TAR at FAR ${far}`, ({ points }) => {
        const point = points[i]?.point;
        if (point) return `${hundredths(point.tar)} at ${threshold(point.threshold)}`;
        return bothKinds ? `not measurable: ${counted(impostor, 'impostor pair')}, ${count(Math.ceil(1 / far))} needed` : NOT_BOTH_KINDS;
      }),
    ),
    row('Best accuracy, on these pairs themselves', ({ best }) => (best ? `${hundredths(best.accuracy)} at ${threshold(best.threshold)}` : NOT_BOTH_KINDS)),
  ];
}

const NOT_BOTH_KINDS = 'not measurable: pairs of both kinds are needed';

/** What was scored of a set, in a sentence. */
export function pairsSentence({ name, pairs, genuine, impostor, skipped, complete }: PairSetFigures): string {
  const reached = genuine + impostor + skipped.count;
  const scored = `${count(genuine + impostor)} scored (${count(genuine)} genuine, ${count(impostor)} impostor), ${count(skipped.count)} skipped`;
  return complete ? `${name}: ${counted(pairs, 'pair')}, ${scored}` : `${name}, stopped: this covers only the first ${count(reached)} of ${counted(pairs, 'pair')}, ${scored}`;
}

/** Which head the SCF score is of. */
export function headSentence({ head }: PairSetFigures, isOld: boolean): string {
  if (!head) return 'Cosine alone: there was no trained head. Train one, then score the set again for the SCF score, Eqn (13).';
  const which = `The SCF score is Eqn (13) with κ of the head of ${head.run} after ${counted(head.step, 'step')}.`;
  return isOld ? `${which} A run was started since: score the set again for its head.` : which;
}

/** A share 0..1 in per cent, as verification figures are published. */
const hundredths = (share: number) => `${fixed(100 * share, 2)} %`;

/** Cosines differ in their fourth decimal, SCF scores (hundreds and more) in their first. */
const threshold = (score: number) => fixed(score, Math.abs(score) < 10 ? 4 : 1);
