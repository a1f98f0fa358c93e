import type { KeptRelease } from '../../../inference/evaluation/ijb/readings-keep';
import type { ReadingEstimate } from '../../../inference/evaluation/ijb/measure-reading';
import type { IjbSummary } from '../../../studio/protocol';
import { bytes, count, counted } from '../../components/format';

/** "IJB-C: 469,375 pictures in 23,124 templates, and 15,658,489 pairs of templates." */
export function releaseSentence(release: IjbSummary): string {
  const { name, set, pictures, templates, pairs } = release;
  return (
    `${set ?? name}: ${counted(pictures, 'picture')} in ${counted(templates, 'template')}, and ` +
    `${counted(pairs, 'pair')} of templates.`
  );
}

/** "12 of its pictures are missing (1.jpg, 2.jpg …). They are left out."; null if none are. */
export function missingSentence({ missing, pictures }: IjbSummary): string | null {
  if (missing.count === 0) return null;
  if (missing.count === pictures) return 'All of its pictures are missing from loose_crop.';
  const more = missing.count > missing.first.length ? ' …' : '';
  return (
    `${count(missing.count)} of its pictures ${missing.count === 1 ? 'is' : 'are'} missing ` +
    `(${missing.first.join(', ')}${more}), and will be left out.`
  );
}

/**
 * "213,000 of its pictures are read already."; null if none are.
 * @param isEvaluated whether its result is on show
 */
export function readSentence({ read, pictures }: IjbSummary, isEvaluated: boolean): string | null {
  if (read === 0) return null;
  if (read < pictures) return `${count(read)} of its pictures are read already.`;
  if (isEvaluated) return 'It is evaluated: the result is below.';
  return 'All of its pictures are read. Only the pairs are left to score.';
}

/**
 * "About 7 hours on this machine, give or take 40 minutes.", for what is left by now.
 * @param left pictures that are still to be read
 */
export function timeSentence({ pictures, seconds, within }: ReadingEstimate, left: number): string {
  const share = pictures > 0 ? left / pictures : 0;
  if (share * seconds < 1) return 'Less than a second on this machine.';
  return (
    `About ${roughly(share * seconds)} on this machine, give or take ` +
    `${roughly(share * within)}; then the pairs are scored.`
  );
}

/** What keeping it needs. @returns whether there is room for it, too */
export function roomSentence({ bytesNeeded, freeBytes }: IjbSummary): {
  readonly text: string;
  readonly fits: boolean;
} {
  const needed = `It keeps ${bytes(bytesNeeded)} on this disk, so that it can go on at any time`;
  if (freeBytes === null) return { text: `${needed}.`, fits: true };
  if (freeBytes >= bytesNeeded)
    return { text: `${needed}; ${bytes(freeBytes)} are free.`, fits: true };
  return {
    text:
      `It would keep ${bytes(bytesNeeded)} on this disk; this browser has ${bytes(freeBytes)} ` +
      'left for the page. Free some, below or under Machine.',
    fits: false,
  };
}

/** "IJB-C: 213,000 of 469,375 pictures, 1.8 GiB". */
export function keptSentence({ set, read, pictures, bytes: size }: KeptRelease): string {
  if (read === null || pictures === null) return `Damaged readings, set aside, ${bytes(size)}`;
  const of = read === pictures ? 'all' : `${count(read)} of`;
  return `${set ?? 'A release'}: ${of} ${counted(pictures, 'picture')} read, ${bytes(size)}`;
}

/** A time in one unit, as a person would say it: "40 seconds", "25 minutes", "2½ hours". */
export function roughly(seconds: number): string {
  if (seconds < 90) return unitOf(seconds < 10 ? Math.ceil(seconds) : fives(seconds), 'second');
  const minutes = seconds / 60;
  if (minutes < 90) return unitOf(minutes < 20 ? Math.round(minutes) : fives(minutes), 'minute');
  const hours = minutes / 60;
  if (hours < 36) return unitOf(hours < 5 ? halves(hours) : Math.round(hours), 'hour');
  return unitOf(halves(hours / 24), 'day');
}

const fives = (value: number): number => 5 * Math.round(value / 5);
const halves = (value: number): number => Math.round(2 * value) / 2;

function unitOf(value: number, unit: string): string {
  const text = `${value >= 1 ? count(Math.floor(value)) : ''}${value % 1 ? '½' : ''}`;
  return `${text} ${unit}${value > 1 ? 's' : ''}`;
}
