import type { RgbImage } from '../../faces/face-record';
import type { ImageNetwork } from './image-network';
import { rectangleMap, warpImage } from './warp-image';

/** The bounding box of a face, in pixels of the picture; it may reach beyond the edges. */
export interface FaceBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** The detector's, 0..1. */
  readonly score: number;
}

const MIN_SCORE = 0.65;
/** Intersection over union above which two boxes are of the same face. */
const MAX_OVERLAP = 0.4;

/**
 * Detects faces by `fr_detect.onnx` (UltraFace RFB-320: RGB, (x − 127)/128; outputs `scores`
 * [4420, 2] and `boxes` [4420, 4] as corners in 0..1). The picture keeps its proportions inside the
 * detector's frame. If nothing is found, a second pass adds a margin, because the detector misses
 * faces that fill the picture.
 * @returns the main face first, by {@link prominence}
 */
export async function detectFaces(image: RgbImage, detector: ImageNetwork): Promise<FaceBox[]> {
  for (const margin of [0, 0.5]) {
    const faces = await detectWithMargin(image, detector, margin);
    if (faces.length > 0) return faces;
  }
  return [];
}

async function detectWithMargin(
  image: RgbImage,
  detector: ImageNetwork,
  margin: number,
): Promise<FaceBox[]> {
  const [rows, columns] = detector.inputShape;
  const scale = (1 + 2 * margin) * Math.max(image.width / columns, image.height / rows);
  const [width, height] = [columns * scale, rows * scale];
  const [left, top] = [(image.width - width) / 2, (image.height - height) / 2];
  const frame = warpImage(
    image,
    rectangleMap(left, top, width, height, columns, rows),
    columns,
    rows,
    'black',
  );
  const { scores, boxes } = await detector.run(
    Float32Array.from(frame.data, (value) => (value - 127) / 128),
  );
  if (!scores || !boxes) throw new RangeError('The detector has no outputs "scores" and "boxes".');
  const found: FaceBox[] = [];
  for (let i = 0; i < scores.length / 2; i++) {
    const score = scores[2 * i + 1]!;
    if (!(score >= MIN_SCORE)) continue;
    const [x0, y0, x1, y1] = boxes.subarray(4 * i, 4 * i + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    if (x1 > x0 && y1 > y0)
      found.push({
        left: left + x0 * width,
        top: top + y0 * height,
        width: (x1 - x0) * width,
        height: (y1 - y0) * height,
        score,
      });
  }
  return withoutOverlaps(found).sort((a, b) => prominence(b, image) - prominence(a, image));
}

/**
 * Ranks faces by size, less their distance from the middle: a photographer puts the main face in
 * the middle, even if a passer-by is nearer to the camera. InsightFace's rule.
 */
function prominence({ left, top, width, height }: FaceBox, image: RgbImage): number {
  const [x, y] = [left + width / 2 - image.width / 2, top + height / 2 - image.height / 2];
  return width * height - 2 * (x * x + y * y);
}

/** Non-maximum suppression: of overlapping boxes, keeps the one with the highest score. */
function withoutOverlaps(boxes: readonly FaceBox[]): FaceBox[] {
  const kept: FaceBox[] = [];
  for (const box of [...boxes].sort((a, b) => b.score - a.score)) {
    if (kept.every((other) => overlap(box, other) <= MAX_OVERLAP)) kept.push(box);
  }
  return kept;
}

/** Intersection over union. */
function overlap(a: FaceBox, b: FaceBox): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (a.width * a.height + b.width * b.height - width * height);
}
