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
  const point = operatingPoint(genuine, impostor, far);
  // By the pairs that really pass: where many tie at the threshold, they are fewer than asked for.
  const evidence = point ? evidenceAt(point.far, impostor.length) : 'none';
  return !point || evidence === 'none' ? null : { ...point, evidence };
}
