import type { FaceBox } from './detect-faces';
import type { RgbImage } from '../../faces/face-record';
import type { ImageNetwork } from './image-network';
import { MIRROR_ORDER, similarity, TEMPLATE, type Point } from '../../faces/similarity-transform';
import { rectangleMap, warpImage, type SourceMap } from './warp-image';

/** Enlargement of the detection's box, about its centre, for the landmark network. */
const WIDENING = 1.25;
/** Average detection box of an aligned crop: left, top, width, height in the crop's pixels. */
const UPRIGHT_BOX = [16.7, 6.9, 78.7, 113.3] as const;

/** A face's five points, and how reliable they are. */
export interface Landmarks {
  /** Eyes, nose tip and mouth corners in pixels of the picture; whole numbers are pixel centres. */
  readonly points: readonly Point[];
  /**
   * How far the network's passes disagree on the points, in pixels of the aligned crop: the
   * distance between the first and the second pass, plus twice that between the second and its
   * mirror image. Of 160 upright faces all but one are below 6.1; of the same faces turned by 90°,
   * 180° and 270°, with whatever box the detector gave, all but one are above 10.5.
   */
  readonly disagreement: number;
}

/**
 * Finds eyes, nose tip and mouth corners in pixels of the picture (whole numbers are pixel
 * centres), from the 68 points of `fr_landmark.onnx` (64 × 64 grey, x/256; output 68 × (x, y) in
 * 0..1 of its input). There are two passes, because the network was made for upright faces and
 * detections are loose: one over the detection, and one over the face made upright by the first
 * pass's points. Each pass includes the mirror image. On LFW's View 1 test pairs this removes a
 * third of the errors.
 */
export async function findLandmarks(
  image: RgbImage,
  box: FaceBox,
  landmarks: ImageNetwork,
): Promise<Landmarks> {
  const [rows, columns] = landmarks.inputShape;
  const { points: first } = await landmarkPass(
    widened(box.left, box.top, box.width, box.height, columns, rows),
    image,
    landmarks,
  );
  const { a, b, tx, ty } = similarity(TEMPLATE, first);
  const upright = widened(...UPRIGHT_BOX, columns, rows);
  const turned: SourceMap = {
    xx: a * upright.xx,
    xy: -b * upright.yy,
    x0: a * upright.x0 - b * upright.y0 + tx,
    yx: b * upright.xx,
    yy: a * upright.yy,
    y0: b * upright.x0 + a * upright.y0 + ty,
  };
  const { points, mirrored: apart } = await landmarkPass(turned, image, landmarks);
  const toCrop = similarity(points, TEMPLATE);
  const scale = Math.hypot(toCrop.a, toCrop.b);
  return { points, disagreement: scale * rmsDistance(points, first) + 2 * apart };
}

/** Root mean square distance between corresponding points. */
function rmsDistance(some: readonly Point[], others: readonly Point[]): number {
  const squares = some.map(([x, y], i) => (x - others[i]![0]) ** 2 + (y - others[i]![1]) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

/**
 * Runs the network on a picture seen through `map`, and on its mirror image.
 * @returns points: the average of both, in pixels of the picture; mirrored: the distance between
 * both, in pixels of the network's input
 */
async function landmarkPass(
  map: SourceMap,
  image: RgbImage,
  landmarks: ImageNetwork,
): Promise<{ points: Point[]; mirrored: number }> {
  const [rows, columns] = landmarks.inputShape;
  const grey = greyThrough(map, image, columns, rows);
  const plain = await pointsIn(grey, landmarks);
  const inMirror = await pointsIn(mirrored(grey, columns), landmarks);
  const back = MIRROR_ORDER.map((i): Point => [columns - 1 - inMirror[i]![0], inMirror[i]![1]]);
  const points = plain.map(([x, y], i): Point => {
    const [column, row] = [(x + back[i]![0]) / 2, (y + back[i]![1]) / 2];
    return [map.xx * column + map.xy * row + map.x0, map.yx * column + map.yy * row + map.y0];
  });
  return { points, mirrored: rmsDistance(plain, back) };
}

/** The map from the network's input to a rectangle of the picture, enlarged by WIDENING. */
function widened(
  left: number,
  top: number,
  width: number,
  height: number,
  columns: number,
  rows: number,
): SourceMap {
  const [wide, tall] = [width * WIDENING, height * WIDENING];
  return rectangleMap(
    left - (wide - width) / 2,
    top - (tall - height) / 2,
    wide,
    tall,
    columns,
    rows,
  );
}

/** The network's input: [rows, columns] grey values from 0 to below 1. */
function greyThrough(map: SourceMap, image: RgbImage, columns: number, rows: number): Float32Array {
  const { data } = warpImage(image, map, columns, rows, 'edge');
  return Float32Array.from(
    { length: rows * columns },
    (_, i) => (0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!) / 256,
  );
}

const mirrored = (grey: Float32Array, columns: number): Float32Array =>
  grey.map((_, i) => grey[i - (i % columns) + columns - 1 - (i % columns)]!);

/** The five points in pixels of the network's input. */
async function pointsIn(grey: Float32Array, landmarks: ImageNetwork): Promise<Point[]> {
  const [rows, columns] = landmarks.inputShape;
  const { output } = await landmarks.run(grey);
  if (output?.length !== 136)
    throw new RangeError(
      `The landmark network gave ${output?.length ?? 'no'} values; 136 were expected.`,
    );
  const mean = (first: number, last: number): Point => {
    let [x, y] = [0, 0];
    for (let i = first; i <= last; i++) {
      x += output[2 * i]!;
      y += output[2 * i + 1]!;
    }
    const count = last - first + 1;
    return [(columns * x) / count - 0.5, (rows * y) / count - 0.5];
  };
  return [mean(36, 41), mean(42, 47), mean(30, 30), mean(48, 48), mean(54, 54)];
}
