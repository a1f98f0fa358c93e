import type { PairScores } from '../../../inference/pair-scores';
import type { CameraReading, HeadInUse } from '../../../studio/protocol';
import type { HeadsState } from '../../heads/heads-slice';

/** What the page knows of the camera. */
export interface CameraState {
  /** The reading of the last frame; null while the camera is off. */
  readonly camera: CameraReading | null;
  /** The head that it was read with; null without one. */
  readonly cameraHead: HeadInUse | null;
  /** The readings of the last frames, oldest first, all of that head. */
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

export const initialCameraState: CameraState = { camera: null, cameraHead: null, cameraTrace: [] };

/**
 * What a reading changes in the slice. It is of the head that the worker told of last.
 * @param at milliseconds, of `performance.now()`
 */
export function cameraReducer(
  reading: CameraReading,
  { cameraTrace, cameraHead, photoHead }: CameraState & Pick<HeadsState, 'photoHead'>,
  at: number,
): CameraState {
  const { face } = reading;
  const point: CameraPoint = {
    at,
    kappa: face?.kappa ?? null,
    scores: face?.match?.scores ?? null,
  };
  const before = cameraHead === photoHead ? cameraTrace : [];
  return {
    camera: reading,
    cameraHead: photoHead,
    cameraTrace: [...before, point].slice(-TRACE_LENGTH),
  };
}

/** Frames a second, over the last ten; null before there are two. */
export function frameRate(trace: readonly CameraPoint[]): number | null {
  const last = trace.slice(-10);
  const [first, end] = [last[0], last.at(-1)];
  if (!first || !end || end.at <= first.at) return null;
  return (1000 * (last.length - 1)) / (end.at - first.at);
}
