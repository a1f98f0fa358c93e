import { expect, it } from 'vitest';
import type { CameraReading } from '../../../studio/protocol';
import { cameraReducer, frameRate, initialCameraState, type CameraState } from './camera-slice';

const reading = (kappa: number | null): CameraReading => ({
  width: 640,
  height: 480,
  faces: kappa === null ? 0 : 1,
  face:
    kappa === null
      ? null
      : {
          box: { left: 0, top: 0, width: 1, height: 1, score: 1 },
          points: [],
          crop: new Uint8ClampedArray(),
          kappa,
          match: { policy: 'single', scores: { cosine: 0.5, scf: 7 } },
        },
  enrolling: null,
  enrolled: null,
  milliseconds: 100,
});

it('keeps the last 120 frames, null where there was no face, and gives the frame rate', () => {
  let state: CameraState = initialCameraState;
  expect(frameRate(state.cameraTrace)).toBeNull();
  for (let i = 0; i < 130; i++) state = cameraReducer(reading(i % 2 ? i : null), state, 125 * i);
  expect(state.cameraTrace).toHaveLength(120);
  expect(state.cameraTrace.at(-1)).toEqual({
    at: 125 * 129,
    kappa: 129,
    scores: { cosine: 0.5, scf: 7 },
  });
  expect(state.cameraTrace.at(-2)).toEqual({
    at: 125 * 128,
    kappa: null,
    scores: null,
  });
  expect(frameRate(state.cameraTrace)).toBeCloseTo(8, 9);
});
