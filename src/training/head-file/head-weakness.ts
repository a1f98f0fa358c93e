import { kappaWeakness } from '../../evaluation/kappa-profile';
import type { HeadReading } from '../session/run-events';

/**
 * Why a head's κ is of little use, as a sentence, by its validation pictures as Compare reads them,
 * or else in single views; null if it is of use, or nothing is known of it.
 */
export function weaknessOf(readings: readonly HeadReading[]): string | null {
  const readingOf = (policy: HeadReading['policy']) =>
    readings.find((reading) => reading.policy === policy && reading.kappa !== null);
  const reading = readingOf('full') ?? readingOf('single');
  if (!reading?.kappa) return null;
  const isMany = reading.distributions.some(({ method }) => method === 'pfe-g');
  return kappaWeakness(reading.kappa, isMany ? 'many' : 'one');
}
