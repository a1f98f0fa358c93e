import { operatingPoint, type OperatingPoint } from '../roc';
import { evidenceAt, type Evidence } from './rule-of-thirty';

/** A threshold with its rates, and how well the pairs measure its FAR. */
export interface MeasuredPoint extends OperatingPoint {
  readonly evidence: Exclude<Evidence, 'none'>;
}

/**
 * The threshold of a FAR for verdicts.
 * @returns null where too few impostor pairs measure that FAR (`evidenceAt`), or without genuine
 * ones
 */
export function measuredPoint(
  genuine: ArrayLike<number>,
  impostor: ArrayLike<number>,
  far: number,
): MeasuredPoint | null {
  const evidence = evidenceAt(far, impostor.length);
  const point = operatingPoint(genuine, impostor, far);
  return evidence === 'none' || !point ? null : { ...point, evidence };
}
