import type { FaceBox } from './detect-faces';
import type { RgbImage } from './face-record';
import type { ImageNetwork } from './image-network';
import type { Point } from './similarity';
import { rectangleMap, warpImage } from './warp-image';

/** How far the landmark network looks beyond the detection, about its centre. */
const WIDENING = 1.25;

/**
 * Eyes, nose tip and mouth corners in pixels of the picture (whole numbers are pixel centres), from the 68 points of
 * `fr_landmark.onnx` (64 × 64 grey, x/256; output 68 × (x, y) in 0..1 of what it sees).
 */
export async function findLandmarks(image: RgbImage, box: FaceBox, landmarks: ImageNetwork): Promise<Point[]> {
  const [rows, columns] = landmarks.inputShape;
  const [width, height] = [box.width * WIDENING, box.height * WIDENING];
  const [left, top] = [box.left - (width - box.width) / 2, box.top - (height - box.height) / 2];
  const { data } = warpImage(image, rectangleMap(left, top, width, height, columns, rows), columns, rows, 'edge');
  const grey = Float32Array.from({ length: rows * columns }, (_, i) => (0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!) / 256);
  const { output } = await landmarks.run(grey);
  if (output?.length !== 136) throw new RangeError(`The landmark network gave ${output?.length ?? 'no'} values; 136 were expected.`);
  const mean = (first: number, last: number): Point => {
    let [x, y] = [0, 0];
    for (let i = first; i <= last; i++) {
      x += output[2 * i]!;
      y += output[2 * i + 1]!;
    }
    const count = last - first + 1;
    return [left + (width * x) / count - 0.5, top + (height * y) / count - 0.5];
  };
  return [mean(36, 41), mean(42, 47), mean(30, 30), mean(48, 48), mean(54, 54)];
}
