import type { PairScores } from '../../../inference/pair-scores';
import type { CameraReading } from '../../../studio/protocol';

/** What the page knows of the camera. */
export interface CameraState {
  /** The reading of the last frame; null while the camera is off. */
  readonly camera: CameraReading | null;
  /** The readings of the last frames, oldest first. */
  readonly cameraTrace: readonly CameraPoint[];
}

/** One frame of the trace. The figures are null if there was no face, or no head to read it. */
export interface CameraPoint {
  /** Milliseconds, as `performance.now()` gives them. */
  readonly at: number;
  readonly kappa: number | null;
  /** By method; null if nobody is enrolled. */
  readonly scores: PairScores | null;
}

/** Frames that the trace keeps. */
const TRACE_LENGTH = 120;

export const initialCameraState: CameraState = { camera: null, cameraTrace: [] };

/** What a reading changes in the slice. @param at milliseconds, of `performance.now()` */
export function cameraReducer(
  reading: CameraReading,
  { cameraTrace }: CameraState,
  at: number,
): CameraState {
  const { face } = reading;
  const point: CameraPoint = {
    at,
    kappa: face?.kappa ?? null,
    scores: face?.match?.scores ?? null,
  };
  return { camera: reading, cameraTrace: [...cameraTrace, point].slice(-TRACE_LENGTH) };
}

/** Frames a second, over the last ten; null before there are two. */
export function frameRate(trace: readonly CameraPoint[]): number | null {
  const last = trace.slice(-10);
  const [first, end] = [last[0], last.at(-1)];
  if (!first || !end || end.at <= first.at) return null;
  return (1000 * (last.length - 1)) / (end.at - first.at);
}
