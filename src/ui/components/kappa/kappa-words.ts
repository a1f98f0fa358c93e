import { expectedAngle } from '../../../confidence/vmf';
import { kappaPercentile, type KappaProfile } from '../../../evaluation/kappa-profile';
import { count } from '../format';

/** κ of a picture, as the page writes it: "1,536"; a dash if there is none. */
export const kappaText = (kappa: number | null | undefined): string =>
  kappa === null || kappa === undefined || !Number.isFinite(kappa) ? '–' : count(Math.round(kappa));

/** "surer than 81 % of", for a percentile 0..100: the head's validation pictures follow. */
export function surerThan(percentile: number): string {
  if (percentile <= 0) return 'no surer than any of';
  if (percentile >= 100) return 'as sure as the surest of';
  return `surer than ${percentileNumber(percentile)} % of`;
}

/** "surer than 81 % of the head's validation pictures", for a percentile 0..100. */
export const surerThanText = (percentile: number): string =>
  `${surerThan(percentile)} the head’s validation pictures`;

/** "p81", where there is no space for more. */
export const percentileMark = (percentile: number): string => `p${percentileNumber(percentile)}`;

/** A whole number; near the ends with a decimal, so that 99.7 doesn't become "all". */
function percentileNumber(percentile: number): string {
  const whole = Math.round(percentile);
  const isEnd = whole === 0 || whole === 100;
  return isEnd ? String(+percentile.toFixed(1)) : String(whole);
}

/** κ and its percentile in a few characters: "1,536 (p81)"; without a profile, κ alone. */
export function kappaWithMark(kappa: number | null, profile: KappaProfile | null): string {
  if (kappa === null || !profile) return kappaText(kappa);
  return `${kappaText(kappa)} (${percentileMark(kappaPercentile(kappa, profile))})`;
}

/** How sure a percentile 0..100 is, as a word. */
function surenessWord(percentile: number): string {
  if (percentile >= 90) return 'very sure';
  if (percentile >= 50) return 'sure';
  if (percentile >= 25) return 'fairly sure';
  if (percentile >= 10) return 'unsure';
  return 'hardly sure';
}

/** The angle that a κ expects, in whole degrees: "20°". @param dimension of the embedding */
const angleText = (kappa: number, dimension: number): string =>
  `${Math.round((expectedAngle(dimension, kappa) * 180) / Math.PI)}°`;

/**
 * What a κ says, as a sentence: "Sure: expected about 20° off this person’s direction." In hundreds
 * of dimensions a picture lies close to the expected angle, hence "about" and not "within".
 * @param profile null where nobody knows how sure other pictures are
 */
export function surenessSentence(
  kappa: number,
  dimension: number,
  profile: KappaProfile | null,
): string {
  const angle = `xpected about ${angleText(kappa, dimension)} off this person’s direction.`;
  if (!profile) return `E${angle}`;
  const word = surenessWord(kappaPercentile(kappa, profile));
  return `${word[0]!.toUpperCase()}${word.slice(1)}: e${angle}`;
}

/** What stands in the place of a percentile that isn't known. */
export const NO_PERCENTILE = 'no percentile: the head’s file has none; train it again for one';
