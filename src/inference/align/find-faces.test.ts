import { describe, expect, it } from 'vitest';
import { fixedFace } from '../../../test/fixtures/fixed-face';
import type { RgbImage } from '../../faces/face-record';
import { findFaces, findMainFace, type PhotoNetworks } from './find-faces';

const crop: RgbImage = { width: 112, height: 112, data: new Uint8Array(112 * 112 * 3).fill(128) };
const face = fixedFace({ scale: 0.5, left: 28, top: 10 });

/** Networks that count their looks; the detector sees nothing at its first `blind` of them. */
function counted({ detector, landmarks }: PhotoNetworks, blind = 0) {
  const looks = { detector: 0, landmarks: 0 };
  const networks: PhotoNetworks = {
    detector: {
      inputShape: detector.inputShape,
      run: async (pixels) => {
        if (looks.detector++ >= blind) return detector.run(pixels);
        return { scores: Float32Array.of(1, 0), boxes: new Float32Array(4) };
      },
    },
    landmarks: {
      inputShape: landmarks.inputShape,
      run: (pixels) => (looks.landmarks++, landmarks.run(pixels)),
    },
  };
  return { networks, looks };
}

let slip = 0.2;
/** Points that come out differently at each look. */
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
  it('that are sure are looked for in it as it lies, and no other way', async () => {
    const { networks, looks } = counted(face);
    expect(await findMainFace(crop, networks)).toMatchObject({ faces: 1, face: { turned: 0 } });
    expect(looks).toEqual({ detector: 1, landmarks: 4 });
  });

  it('are looked for in quarter turns where there is none, and said to be turned', async () => {
    // Twice as it is, the second time with a margin, and then turned.
    const { networks, looks } = counted(face, 2);
    const [found] = await findFaces(crop, networks);
    expect(found).toMatchObject({ turned: 90, box: { score: expect.closeTo(0.99, 5) } });
    expect(looks.detector).toBe(5);
    // It was found near the top of the turned picture: near the left edge of this one.
    expect(found!.box.left).toBeCloseTo(10 + 0.5 * 6.9, 3);
    expect(found!.box.width).toBeCloseTo(0.5 * 113.3, 3);
  });

  it('that no turn makes sure stay as they were found', async () => {
    const { networks, looks } = counted(wavering);
    expect(await findMainFace(crop, networks)).toMatchObject({ faces: 1, face: { turned: 0 } });
    expect(looks.detector).toBe(4);
  });

  it('are none where only a turned picture shows one, and not surely', async () => {
    expect(await findMainFace(crop, counted(wavering, 2).networks)).toBeNull();
    expect(await findFaces(crop, fixedFace(null))).toEqual([]);
  });
});
