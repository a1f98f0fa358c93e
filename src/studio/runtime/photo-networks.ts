import { fetchOrThrow } from '../../formats/bytes/byte-source';
import type { PhotoNetworks } from '../../inference/align/find-faces';
import {
  DETECTOR_INPUT,
  LANDMARK_INPUT,
  OnnxImageNetwork,
} from '../../inference/align/onnx-image-network';

/**
 * Fetches the networks that find and align faces in photographs.
 * @param base the page's address; models are served next to it
 * @throws StudioError `network`, `bad-model`
 */
export async function loadPhotoNetworks(base: string): Promise<PhotoNetworks> {
  const fetchModel = async (name: string) => {
    const response = await fetchOrThrow(new URL(`models/${name}.onnx`, base).href);
    return new Uint8Array(await response.arrayBuffer());
  };
  const [detector, landmarks] = await Promise.all([
    fetchModel('fr_detect'),
    fetchModel('fr_landmark'),
  ]);
  return {
    detector: new OnnxImageNetwork(detector, DETECTOR_INPUT),
    landmarks: new OnnxImageNetwork(landmarks, LANDMARK_INPUT),
  };
}
