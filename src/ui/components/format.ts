export { bytes, count, counted, duration } from '../../core/number-words';

/** A number with fixed decimals; a dash if there is none, or it isn't finite. */
export const fixed = (value: number | null | undefined, digits = 2): string =>
  value === null || value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(digits);

/** A share 0..1 in per cent. */
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;
