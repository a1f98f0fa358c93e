import { expect, it } from 'vitest';
import type { CameraReading, HeadInUse } from '../../../studio/protocol';
import { cameraReducer, frameRate, initialCameraState } from './camera-slice';

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
  let state = { ...initialCameraState, photoHead: null as HeadInUse | null };
  expect(frameRate(state.cameraTrace)).toBeNull();
  for (let i = 0; i < 130; i++)
    state = { ...state, ...cameraReducer(reading(i % 2 ? i : null), state, 125 * i) };
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

it('begins a new trace with another head', () => {
  const head = (name: string) => ({ name }) as HeadInUse;
  let state = { ...initialCameraState, photoHead: head('one') };
  for (const at of [0, 1]) state = { ...state, ...cameraReducer(reading(1), state, at) };
  expect(state.cameraTrace).toHaveLength(2);
  state = { ...state, photoHead: head('two') };
  // The last frame is of the head before until the next one comes.
  expect(state.cameraHead?.name).toBe('one');
  expect(cameraReducer(reading(2), state, 2)).toMatchObject({
    cameraHead: { name: 'two' },
    cameraTrace: [{ kappa: 2 }],
  });
});
