import type { CameraReading } from '../../studio/protocol';

/** What the page knows of the camera. */
export interface CameraState {
  /** The last frame that was read; null while the camera is off. */
  readonly camera: CameraReading | null;
  /** What the last frames gave, oldest first. */
  readonly cameraTrace: readonly CameraPoint[];
}

/** One frame of a trace. */
export interface CameraPoint {
  /** Milliseconds, as `performance.now()` has them. */
  readonly at: number;
  /** null where there was no face, or no head. */
  readonly kappa: number | null;
  readonly cosTheta: number | null;
  readonly scfScore: number | null;
}

/** Frames that a trace holds. */
const TRACE_LENGTH = 120;

/** The camera is off. */
export const noCamera: CameraState = { camera: null, cameraTrace: [] };

/** What a reading changes of the slice. */
export function afterCameraReading(
  reading: CameraReading,
  { cameraTrace }: CameraState,
  at: number,
): CameraState {
  const { face } = reading;
  const point: CameraPoint = {
    at,
    kappa: face?.kappa ?? null,
    cosTheta: face?.match?.cosTheta ?? null,
    scfScore: face?.match?.scfScore ?? null,
  };
  return { camera: reading, cameraTrace: [...cameraTrace, point].slice(-TRACE_LENGTH) };
}

/** Frames a second over the last ones; null before there are two. */
export function frameRate(trace: readonly CameraPoint[]): number | null {
  const last = trace.slice(-10);
  const [first, end] = [last[0], last.at(-1)];
  return first && end && end.at > first.at
    ? (1000 * (last.length - 1)) / (end.at - first.at)
    : null;
}
