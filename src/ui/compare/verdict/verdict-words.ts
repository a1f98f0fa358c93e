import { methodTitles } from '../../../confidence/methods';
import { oneIn } from '../../../core/number-words';
import { shareBelow } from '../../../evaluation/distribution';
import { wilsonInterval } from '../../../evaluation/statistics/wilson-interval';
import { percent } from '../../components/format';
import type { Verdict } from './verdict';

/**
 * How sure a verdict is, in two sentences: the false accept rate that it was held to, with its
 * interval, and how often pairs of one person score lower.
 */
export function surenessText({ among, point, score }: Verdict, far: number): string {
  const [low, high] = wilsonInterval(point.far, among.impostor.length);
  const digits = far < 0.01 ? 2 : 1;
  const interval = `${(100 * low).toFixed(digits)} to ${percent(high, digits)}`;
  return (
    `So strict that ${oneIn(far)} pairs of strangers would pass for one person (measured ` +
    `${percent(point.far, digits)}, 95 % interval ${interval}). ` +
    `${percent(shareBelow(among.genuine, score), 0)} of pairs of one person score lower.`
  );
}

/**
 * What the method beside the deciding one says of the same pair, and how many pairs of one person
 * each of them recognises: "Cosine alone says no. As strict, Cosine recognises 91.0 % of all
 * pairs of one person; SCF recognises 94.2 %."
 */
export function besideText(deciding: Verdict, other: Verdict): string {
  const title = methodTitles[other.method];
  const alone = other.method === 'cosine' ? `${title} alone` : title;
  const agrees = deciding.accepted === other.accepted;
  const says = agrees ? 'agrees' : `says ${other.accepted ? 'the same person' : 'not the same'}`;
  return (
    `${alone} ${says}. As strict, ${title} recognises ${percent(other.point.tar)} of all pairs ` +
    `of one person; ${methodTitles[deciding.method]} recognises ${percent(deciding.point.tar)}.`
  );
}
