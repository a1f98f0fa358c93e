import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { channelsFirst, runOnnxRuntime, worstError } from '../../../test/fixtures/onnx-reference';
import { startNodeWasm } from '../../cli/node/node-backend';
import { CROP_SIZE, pristine } from '../../faces/face-record';
import { renderFace } from '../../faces/synthetic/render-face';
import { identityFrom } from '../../faces/synthetic/face-identity';
import { captureFrom } from '../../faces/synthetic/face-capture';
import { DETECTOR_INPUT, LANDMARK_INPUT, OnnxImageNetwork } from './onnx-image-network';
import { rectangleMap, warpImage } from './warp-image';

const faces = [0, 1].map((person) =>
  renderFace(identityFrom(7, person), { ...captureFrom(7, person, 0), degradation: pristine }),
);

/** The bound on {@link worstError}, relative to a tensor's largest magnitude, for float32 sums. */
const BOUND = 1e-5;

describe('OnnxImageNetwork', () => {
  beforeAll(startNodeWasm);

  const networks = [
    ['fr_detect', DETECTOR_INPUT, (byte: number) => (byte - 127) / 128],
    ['fr_landmark', LANDMARK_INPUT, (byte: number) => byte / 256],
  ] as const;

  it.each(networks)(
    'agrees with onnxruntime on every output of %s',
    async (name, shape, normalised) => {
      const bytes = await readFile(`public/models/${name}.onnx`);
      const network = new OnnxImageNetwork(bytes, shape);
      const [height, width, channels] = shape;
      for (const face of faces) {
        const { data } = warpImage(
          face,
          rectangleMap(0, 0, CROP_SIZE, CROP_SIZE, width, height),
          width,
          height,
          'edge',
        );
        const pixels = Float32Array.from({ length: height * width * channels }, (_, i) =>
          normalised(data[channels === 3 ? i : 3 * i]!),
        );
        const found = await network.run(pixels);
        const expected = await runOnnxRuntime(
          bytes,
          [1, channels, height, width],
          channelsFirst(pixels, [1, height, width, channels]),
        );
        expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
        for (const [output, values] of Object.entries(expected))
          expect(worstError(found[output]!, values.data), output).toBeLessThan(BOUND);
      }
      network.dispose();
    },
  );
});
