import { describe, expect, it } from 'vitest';
import { fixedFace } from '../../../test/fixtures/fixed-face';
import type { RgbImage } from '../../faces/face-record';
import { findFaces, findMainFace, type PhotoNetworks } from './find-faces';

const crop: RgbImage = { width: 112, height: 112, data: new Uint8Array(112 * 112 * 3).fill(128) };
const face = fixedFace({ scale: 0.5, left: 28, top: 10 });

/** Networks that count their runs; the detector finds nothing in its first `blind` runs. */
function countingRuns({ detector, landmarks }: PhotoNetworks, blind = 0) {
  const runs = { detector: 0, landmarks: 0 };
  const networks: PhotoNetworks = {
    detector: {
      inputShape: detector.inputShape,
      run: async (pixels) => {
        if (runs.detector++ >= blind) return detector.run(pixels);
        return { scores: Float32Array.of(1, 0), boxes: new Float32Array(4) };
      },
    },
    landmarks: {
      inputShape: landmarks.inputShape,
      run: (pixels) => {
        runs.landmarks++;
        return landmarks.run(pixels);
      },
    },
  };
  return { networks, runs };
}

let slip = 0.2;
/** Points that come out differently in each run. */
const wavering: PhotoNetworks = {
  ...face,
  landmarks: {
    inputShape: face.landmarks.inputShape,
    run: async (pixels) => {
      const { output } = await face.landmarks.run(pixels);
      slip = -slip;
      return { output: output!.map((value, i) => value + (i % 2 ? slip : 0)) };
    },
  },
};

describe('faces of a picture', () => {
  it('that are upright are found without turning the picture', async () => {
    const { networks, runs } = countingRuns(face);
    expect(await findMainFace(crop, networks)).toMatchObject({ faces: 1, face: { turned: 0 } });
    expect(runs).toEqual({ detector: 1, landmarks: 4 });
  });

  it('are searched in quarter turns if none is found, and report the turn', async () => {
    // Two runs on the picture as it is, the second with a margin, and then the turned ones.
    const { networks, runs } = countingRuns(face, 2);
    const [found] = await findFaces(crop, networks);
    expect(found).toMatchObject({ turned: 90, box: { score: expect.closeTo(0.99, 5) } });
    expect(runs.detector).toBe(5);
    // It was found near the top of the turned picture: near the left edge of this one.
    expect(found!.box.left).toBeCloseTo(10 + 0.5 * 6.9, 3);
    expect(found!.box.width).toBeCloseTo(0.5 * 113.3, 3);
  });

  it('that no turn makes upright stay as they were found', async () => {
    const { networks, runs } = countingRuns(wavering);
    expect(await findMainFace(crop, networks)).toMatchObject({ faces: 1, face: { turned: 0 } });
    expect(runs.detector).toBe(4);
  });

  it('are none if only a turned picture shows one, and not upright', async () => {
    expect(await findMainFace(crop, countingRuns(wavering, 2).networks)).toBeNull();
    expect(await findFaces(crop, fixedFace(null))).toEqual([]);
  });
});
