import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawnCrop, photographOf } from '../../../test/fixtures/drawn-photograph';
import { startNodeWasm } from '../../cli/node/node-backend';
import { DETECTOR_INPUT, LANDMARK_INPUT, OnnxImageNetwork } from './onnx-image-network';
import { alignFace } from './crop-photo';
import { detectFaces, type FaceBox } from './detect-faces';
import { orientedBy } from '../../faces/decode/formats/exif-orientation';
import type { RgbImage } from '../../faces/face-record';
import { findFaces, findMainFace, type PhotoNetworks } from './find-faces';
import { findLandmarks } from './find-landmarks';
import { TEMPLATE } from '../../faces/similarity-transform';
import { rectangleMap, warpImage } from './warp-image';

const crop = drawnCrop(7, 2, 0);

/** The crop, `scale` times as large, at (left, top) of a grey picture. */
const pasted = (scale: number, left: number, top: number, width: number, height: number) =>
  photographOf(crop, { scale, left, top, width, height });

/** Mean absolute difference of two pictures' bytes. */
const difference = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;

describe('photograph to crop', () => {
  let networks: PhotoNetworks;
  beforeAll(async () => {
    await startNodeWasm();
    const load = async (name: string, shape: readonly [number, number, number]) =>
      new OnnxImageNetwork(await readFile(`public/models/${name}.onnx`), shape);
    networks = {
      detector: await load('fr_detect', DETECTOR_INPUT),
      landmarks: await load('fr_landmark', LANDMARK_INPUT),
    };
  });

  it('finds a face where it was pasted, with points near the template', async () => {
    const [scale, left, top] = [1.5, 240, 90];
    const photo = pasted(scale, left, top, 640, 360);
    const [face, ...others] = await detectFaces(photo, networks.detector);
    expect(others).toEqual([]);
    const centre = [face!.left + face!.width / 2, face!.top + face!.height / 2];
    expect(
      Math.hypot(centre[0]! - (left + 56 * scale), centre[1]! - (top + 62 * scale)),
    ).toBeLessThan(25);
    const { points } = await findLandmarks(photo, face!, networks.landmarks);
    points.forEach(([x, y], i) => {
      const [tx, ty] = TEMPLATE[i]!;
      expect(Math.hypot((x - left) / scale - tx, (y - top) / scale - ty)).toBeLessThan(14);
    });
  });

  it('prefers a face in the middle to a larger one at the edge, else the larger', async () => {
    const both = (aside: RgbImage, middle: RgbImage, left: number, size: number) => {
      for (let y = 100; y < 100 + size; y++)
        aside.data.set(
          middle.data.subarray(3 * (y * 640 + left), 3 * (y * 640 + left + size)),
          3 * (y * 640 + left),
        );
      return aside;
    };
    const [main, other] = await detectFaces(
      both(pasted(1.6, 5, 60, 640, 360), pasted(1.2, 260, 100, 640, 360), 260, 134),
      networks.detector,
    );
    expect(main!.width).toBeLessThan(other!.width);
    expect(Math.abs(main!.left + main!.width / 2 - 327)).toBeLessThan(20);

    const photo = both(pasted(1.6, 20, 60, 640, 360), pasted(0.8, 480, 100, 640, 360), 480, 90);
    expect(await findMainFace(photo, networks)).toMatchObject({ faces: 2 });
  });

  it('finds the points of a tilted face as well as of an upright one', async () => {
    const [size, scale, lean] = [400, 1.6, 0.45];
    const [cos, sin] = [Math.cos(lean) / scale, Math.sin(lean) / scale];
    // From picture to crop: rotated about the middle of both.
    const onCrop = (x: number, y: number) =>
      [
        cos * (x - size / 2) - sin * (y - size / 2) + 56,
        sin * (x - size / 2) + cos * (y - size / 2) + 62,
      ] as const;
    const [x0, y0] = onCrop(0, 0);
    const leaning = warpImage(
      crop,
      { xx: cos, xy: -sin, x0, yx: sin, yy: cos, y0 },
      size,
      size,
      'edge',
    );
    const [face] = await detectFaces(leaning, networks.detector);
    const { points } = await findLandmarks(leaning, face!, networks.landmarks);
    points.forEach(([x, y], i) => {
      const [u, v] = onCrop(x, y);
      expect(Math.hypot(u - TEMPLATE[i]![0], v - TEMPLATE[i]![1]), `point ${i}`).toBeLessThan(14);
    });
  });

  // The Exif orientation that turns the picture so, and the place of the upright picture's box
  // (640 × 360) in it.
  it.each([
    [90, 8, ({ left, top, width, height }: FaceBox) => [top, 640 - left - width, height, width]],
    [
      180,
      3,
      ({ left, top, width, height }: FaceBox) => [
        640 - left - width,
        360 - top - height,
        width,
        height,
      ],
    ],
    [270, 6, ({ left, top, width, height }: FaceBox) => [360 - top - height, left, height, width]],
  ] as const)(
    'turns a picture by %i° if that makes its face upright, and crops the same face',
    async (degrees, exif, laid) => {
      const photo = pasted(1.5, 240, 90, 640, 360);
      const upright = (await findMainFace(photo, networks))!.face;
      expect(upright.turned).toBe(0);
      const turned = orientedBy(photo, exif);
      const main = await findMainFace(turned, networks);
      expect(main).toMatchObject({ faces: 1, face: { turned: degrees } });
      const lying = main!.face;
      const crops = [alignFace(turned, lying.points), alignFace(photo, upright.points)] as const;
      expect(difference(...crops)).toBeLessThan(0.5);
      const { left, top, width, height } = lying.box;
      laid(upright.box).forEach((edge, i) =>
        expect([left, top, width, height][i]).toBeCloseTo(edge, 6),
      );
    },
  );

  it('finds all faces of a turned picture, in its own pixels', async () => {
    const photo = pasted(1.6, 20, 60, 640, 360);
    const second = pasted(1.2, 400, 100, 640, 360);
    for (let y = 100; y < 234; y++)
      photo.data.set(
        second.data.subarray(3 * (y * 640 + 400), 3 * (y * 640 + 534)),
        3 * (y * 640 + 400),
      );
    const faces = await findFaces(orientedBy(photo, 3), networks);
    expect(faces.map(({ turned }) => turned)).toEqual([180, 180]);
    for (const { box, points } of faces) {
      for (const [x, y] of points) {
        expect(Math.abs(x - box.left - box.width / 2)).toBeLessThan(box.width / 2);
        expect(Math.abs(y - box.top - box.height / 2)).toBeLessThan(box.height / 2);
      }
    }
    // The eyes are below the mouth corners: upside down.
    expect(faces[0]!.points[0]![1]).toBeGreaterThan(faces[0]!.points[3]![1]);
  });

  it('undoes rotation, scaling and translation', () => {
    const photo = pasted(1, 60, 40, 260, 220);
    const same = alignFace(
      photo,
      TEMPLATE.map(([x, y]) => [x + 60, y + 40]),
    );
    expect(difference(same, crop.data)).toBeLessThan(0.5);
    const turned: RgbImage = { width: 112, height: 112, data: new Uint8Array(crop.data.length) };
    for (let y = 0; y < 112; y++) {
      for (let x = 0; x < 112; x++)
        turned.data.set(
          crop.data.subarray(3 * (y * 112 + x), 3 * (y * 112 + x) + 3),
          3 * (x * 112 + 111 - y),
        );
    }
    expect(
      difference(
        alignFace(
          turned,
          TEMPLATE.map(([x, y]) => [111 - y, x]),
        ),
        crop.data,
      ),
    ).toBeLessThan(0.5);
  });

  it('averages when it shrinks', () => {
    const stripes = {
      width: 128,
      height: 128,
      data: Uint8Array.from({ length: 128 * 128 * 3 }, (_, i) => (Math.floor(i / 3) % 2 ? 255 : 0)),
    };
    const small = warpImage(stripes, rectangleMap(0, 0, 128, 128, 16, 16), 16, 16, 'edge');
    for (const value of small.data) expect(Math.abs(value - 127.5)).toBeLessThanOrEqual(8);
  });
});
