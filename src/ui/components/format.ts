export { bytes, count, counted, duration } from '../../core/number-words';

/** Numbers as the page writes them. */
export const fixed = (value: number | null | undefined, digits = 2): string =>
  value === null || value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(digits);

/** A share 0..1 in per cent. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
