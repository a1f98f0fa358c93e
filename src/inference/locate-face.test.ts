import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNodeWasm } from '../cli/node/node-backend';
import { pristine } from '../faces/face-record';
import { captureFrom } from '../faces/synthetic/face-capture';
import { identityFrom } from '../faces/synthetic/face-identity';
import { renderFace } from '../faces/synthetic/render-face';
import type { PhotoNetworks } from './align/find-faces';
import { DETECTOR_INPUT, LANDMARK_INPUT, OnnxImageNetwork } from './align/onnx-image-network';
import { degradedFace, locatedCrop, locateMainFace } from './locate-face';
import { policyViews, readingPolicyNames } from './reading-policy';

const crop = renderFace(identityFrom(7, 2), { ...captureFrom(7, 2, 0), degradation: pristine });

describe('locating a face', () => {
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

  it.each(readingPolicyNames)(
    'takes a picture of 112 × 112 for an aligned crop (%s)',
    async (policy) => {
      const face = await locateMainFace(crop, { policy, networks });
      expect(face).toMatchObject({ policy, found: null });
      expect(face!.crops).toHaveLength(policyViews[policy].length);
      expect(face).toEqual(locatedCrop(crop.data, policy));
    },
  );

  it('gives null for a picture without a face', async () => {
    const empty = { width: 400, height: 300, data: new Uint8Array(400 * 300 * 3).fill(90) };
    expect(await locateMainFace(empty, { policy: 'full', networks })).toBeNull();
  });

  it('degrades all views, and leaves the located face as it was', () => {
    const face = locatedCrop(crop.data, 'full');
    const before = face.crops.map((view) => view.slice());
    const blurred = degradedFace(face, { levels: { ...pristine, blur: 0.8 }, seed: 1 });
    expect(face.crops).toEqual(before);
    blurred.crops.forEach((view, at) => expect(view).not.toEqual(before[at]));
  });
});
