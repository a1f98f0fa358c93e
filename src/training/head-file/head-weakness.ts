import { kappaWeakness } from '../../evaluation/kappa-profile';
import type { HeadReading } from '../session/run-events';

/**
 * Why a head's κ is of little use, as a sentence, by its validation pictures as Compare reads them,
 * or else in single views; null if it is of use, or nothing is known of it.
 */
export function weaknessOf(readings: readonly HeadReading[]): string | null {
  const profileOf = (policy: HeadReading['policy']) =>
    readings.find((reading) => reading.policy === policy)?.kappa;
  const profile = profileOf('full') ?? profileOf('single');
  return profile ? kappaWeakness(profile) : null;
}
