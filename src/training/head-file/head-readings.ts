import { fitCalibration } from '../../confidence/calibration';
import type { Calibration, MethodName } from '../../confidence/confidence-method';
import { dot } from '../../core/vector';
import type { RunConfig } from '../config/run-config';
import type { HeadReading } from '../session/run-events';
import { headReading, type ValidationFaces } from '../session/validation';

/** What a head's file says of the head's scores. */
export interface HeadScores {
  /** Fitted for `scf`, if there are genuine and impostor pairs; otherwise null. */
  readonly calibration: Calibration | null;
  /** One for each policy, with the scores of pairs by every method that the head serves. */
  readonly readings: readonly HeadReading[];
}

/**
 * Calibrates a head on its validation pairs, and scores them by each method that it serves. It is
 * calibrated on the pictures as Compare and evaluations read them, `full`, since calibrated scores
 * are used there; on single views only where there is nothing else.
 * @param readings of its validation pictures, `single` first
 */
export function scoreHead(
  readings: readonly ValidationFaces[],
  { method, radius }: Pick<RunConfig, 'method' | 'radius'>,
  step: number,
): HeadScores {
  const fitted = readings.find(({ policy }) => policy === 'full') ?? readings[0];
  const calibration = method === 'scf' && fitted ? calibrate(fitted) : null;
  const names: MethodName[] = [
    method,
    ...(calibration ? (['scf-calibrated'] as const) : []),
    'cosine',
  ];
  const settings = { method, radius, calibration: calibration ?? undefined };
  return {
    calibration,
    readings: readings.map((held) => headReading(held, names, settings, step)),
  };
}

function calibrate({ faces, pairs }: ValidationFaces): Calibration | null {
  const pairOf =
    (same: boolean) =>
    ([a, b]: readonly [number, number]) => {
      const [first, second] = [faces[a]!, faces[b]!];
      return {
        kappa1: first.concentration[0]!,
        kappa2: second.concentration[0]!,
        cosTheta: dot(first.mu, second.mu),
        same,
      };
    };
  // As many of each kind, or the impostors would outweigh the others.
  const impostors = pairs.impostor.slice(0, pairs.genuine.length);
  return fitCalibration(
    [...pairs.genuine.map(pairOf(true)), ...impostors.map(pairOf(false))],
    faces[0]?.mu.length ?? 0,
  );
}
