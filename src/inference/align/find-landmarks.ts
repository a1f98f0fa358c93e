import type { FaceBox } from './detect-faces';
import type { RgbImage } from '../../faces/face-record';
import type { ImageNetwork } from './image-network';
import { similarity, TEMPLATE, type Point } from '../../faces/similarity-transform';
import { rectangleMap, warpImage, type SourceMap } from './warp-image';

/** How far the landmark network looks beyond the detection, about its centre. */
const WIDENING = 1.25;
/**
 * Where a face's detection lies on average about its aligned crop: left, top, width, height in the
 * crop's pixels.
 */
const UPRIGHT_BOX = [16.7, 6.9, 78.7, 113.3] as const;

/** A face's points, and how well they are known. */
export interface Landmarks {
  /** Eyes, nose tip and mouth corners in pixels of the picture; whole numbers are pixel centres. */
  readonly points: readonly Point[];
  /**
   * How far apart the looks saw the points, in pixels of the aligned crop: the second look from the
   * first, and twice the second's mirror image from itself. Of 160 upright faces all but one are
   * below 6.1, and of the same ones turned by quarters, whatever the detector gave for them, all
   * but one above 10.5.
   */
  readonly disagreement: number;
}

/**
 * Eyes, nose tip and mouth corners in pixels of the picture (whole numbers are pixel centres), from
 * the 68 points of `fr_landmark.onnx` (64 × 64 grey, x/256; output 68 × (x, y) in 0..1 of what it
 * sees). They are looked for twice: about the detection, and then about the face as those points
 * turn it upright, since the network was made for upright faces and detections are loose; and each
 * time in the mirror too. On LFW's View 1 test pairs that takes a third of the errors away.
 */
export async function findLandmarks(
  image: RgbImage,
  box: FaceBox,
  landmarks: ImageNetwork,
): Promise<Landmarks> {
  const [rows, columns] = landmarks.inputShape;
  const { points: first } = await lookThrough(
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
  const { points, mirrored: apart } = await lookThrough(turned, image, landmarks);
  const toCrop = similarity(points, TEMPLATE);
  const scale = Math.hypot(toCrop.a, toCrop.b);
  return { points, disagreement: scale * meanDistance(points, first) + 2 * apart };
}

/** Root of the mean square of distances between points of the same number. */
function meanDistance(some: readonly Point[], others: readonly Point[]): number {
  const squares = some.map(([x, y], i) => (x - others[i]![0]) ** 2 + (y - others[i]![1]) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

/**
 * The five points as the network sees them and as it sees them in the mirror, averaged; and how far
 * the two are from each other, in pixels of what the network is fed.
 */
async function lookThrough(
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
  return { points, mirrored: meanDistance(plain, back) };
}

/** What the network sees of a rectangle and its surroundings; not turned. */
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

/** What the network is fed: [rows, columns] grey values below 1. */
function greyThrough(map: SourceMap, image: RgbImage, columns: number, rows: number): Float32Array {
  const { data } = warpImage(image, map, columns, rows, 'edge');
  return Float32Array.from(
    { length: rows * columns },
    (_, i) => (0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!) / 256,
  );
}

const mirrored = (grey: Float32Array, columns: number): Float32Array =>
  grey.map((_, i) => grey[i - (i % columns) + columns - 1 - (i % columns)]!);

/** Which of the five is which in the mirror: left and right change places. */
const MIRROR_ORDER = [1, 0, 2, 4, 3] as const;

/** The five points in pixels of what the network is fed. */
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
