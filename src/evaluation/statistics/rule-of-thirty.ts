import { count } from '../../core/number-words';

/**
 * How well a number of impostor pairs measures a FAR, by Doddington's rule of 30: to be 90 % sure
 * that a rate lies within 30 % of what was measured, 30 errors are needed (G. Doddington et al.,
 * "The NIST speaker recognition evaluation", Speech Communication 31, 2000). With fewer than 10
 * impostor pairs above the threshold nothing is printed.
 */
export type Evidence = 'enough' | 'few' | 'none';

/** Impostor pairs that must lie above the threshold for a rate to be printed. */
const LEAST_ERRORS = 10;
/** Impostor pairs above the threshold from which on a rate is printed without a mark. */
const ENOUGH_ERRORS = 30;

/** The evidence that `impostors` pairs of two people give at a FAR. */
export function evidenceAt(far: number, impostors: number): Evidence {
  const errors = far * impostors + 1e-9;
  if (errors < LEAST_ERRORS) return 'none';
  return errors < ENOUGH_ERRORS ? 'few' : 'enough';
}

/** The number of impostor pairs from which on a rate is printed. */
export const impostorsNeeded = (far: number): number => Math.round(LEAST_ERRORS / far);

/** "needs 10,000 pairs": what stands in the place of a rate that can't be measured. */
export const needsPairs = (far: number): string => `needs ${count(impostorsNeeded(far))} pairs`;

/** The mark of a rate that few impostor pairs decide, and what it means. */
export const FEW_MARK = '†';
export const FEW_MEANING =
  `${FEW_MARK} fewer than ${ENOUGH_ERRORS} impostor pairs lie above the threshold ` +
  "(Doddington's rule).";
