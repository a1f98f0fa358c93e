import { detectFaces, type FaceBox } from './detect-faces';
import { turnedBy, type Orientation } from '../../faces/decode/formats/exif-orientation';
import type { RgbImage } from '../../faces/face-record';
import { findLandmarks, type Landmarks } from './find-landmarks';
import type { ImageNetwork } from './image-network';
import type { Point } from '../../faces/similarity-transform';

/** What finds faces and their points. */
export interface PhotoNetworks {
  readonly detector: ImageNetwork;
  readonly landmarks: ImageNetwork;
}

/** Degrees clockwise by which a picture was turned for its faces to be upright. */
export type Turn = 0 | 90 | 180 | 270;

/** A face in a picture, in the picture's own pixels, however it was turned for it. */
export interface FoundFace {
  readonly box: FaceBox;
  /** Eyes, nose tip and mouth corners; whole numbers are pixel centres. */
  readonly points: readonly Point[];
  readonly turned: Turn;
}

/** The main face of a picture, and how many there are. */
export interface MainFace {
  readonly face: FoundFace;
  readonly faces: number;
}

/** Points that are said otherwise by each look are of no face that stands upright. */
const MAX_DISAGREEMENT = 8;

/** Quarter turns by what Exif calls them. */
const TURNS: readonly (readonly [Turn, Orientation])[] = [
  [90, 6],
  [270, 8],
  [180, 3],
];

/** All faces of a picture, as {@link detectFaces} orders them. */
export async function findFaces(image: RgbImage, networks: PhotoNetworks): Promise<FoundFace[]> {
  const view = await surestView(image, networks);
  if (!view) return [];
  const faces = [faceIn(view, view.boxes[0]!, view.main, image)];
  for (const box of view.boxes.slice(1)) {
    faces.push(faceIn(view, box, await findLandmarks(view.image, box, networks.landmarks), image));
  }
  return faces;
}

/**
 * The first of {@link findFaces}, without looking for the others' points; null where there is none.
 */
export async function findMainFace(
  image: RgbImage,
  networks: PhotoNetworks,
): Promise<MainFace | null> {
  const view = await surestView(image, networks);
  if (!view) return null;
  const face = faceIn(view, view.boxes[0]!, view.main, image);
  return { face, faces: view.boxes.length };
}

/** A picture as it is, or turned, with what was found in it. */
interface View {
  readonly image: RgbImage;
  readonly turned: Turn;
  readonly boxes: readonly FaceBox[];
  /** Of the first box. */
  readonly main: Landmarks;
}

/**
 * The picture as it is where that shows a face surely, and else as that quarter turn which shows
 * one most surely. The detector sees turned faces nearly as well as upright ones, and its score
 * says nothing of how they lie; the points do, which come out differently at each look (see {@link
 * Landmarks.disagreement}). Where no turn is sure, it stays as it is.
 */
async function surestView(image: RgbImage, networks: PhotoNetworks): Promise<View | null> {
  const asItIs = await viewOf(image, 0, networks);
  if (asItIs && asItIs.main.disagreement <= MAX_DISAGREEMENT) return asItIs;
  let surest: View | null = null;
  for (const [turn, orientation] of TURNS) {
    const view = await viewOf(turnedBy(image, orientation), turn, networks);
    if (!view || view.main.disagreement > MAX_DISAGREEMENT) continue;
    if (!surest || view.main.disagreement < surest.main.disagreement) surest = view;
  }
  return surest ?? asItIs;
}

async function viewOf(
  image: RgbImage,
  turned: Turn,
  { detector, landmarks }: PhotoNetworks,
): Promise<View | null> {
  const boxes = await detectFaces(image, detector);
  if (!boxes[0]) return null;
  return { image, turned, boxes, main: await findLandmarks(image, boxes[0], landmarks) };
}

/** A face of a view in pixels of the picture that was turned for it. */
function faceIn(
  { turned }: View,
  box: FaceBox,
  { points }: Landmarks,
  original: RgbImage,
): FoundFace {
  return {
    box: boxBack(box, turned, original),
    points: points.map((point) => pointBack(point, turned, original)),
    turned,
  };
}

function pointBack([x, y]: Point, turned: Turn, { width, height }: RgbImage): Point {
  switch (turned) {
    case 0:
      return [x, y];
    case 90:
      return [y, height - 1 - x];
    case 180:
      return [width - 1 - x, height - 1 - y];
    case 270:
      return [width - 1 - y, x];
    default:
      return turned satisfies never;
  }
}

/** A box has edges and not centres of pixels, so that it goes by corners half a pixel off. */
function boxBack(box: FaceBox, turned: Turn, original: RgbImage): FaceBox {
  const [a, b] = [
    [box.left - 0.5, box.top - 0.5],
    [box.left + box.width - 0.5, box.top + box.height - 0.5],
  ].map((corner) => pointBack(corner as [number, number], turned, original)) as [Point, Point];
  return {
    left: Math.min(a[0], b[0]) + 0.5,
    top: Math.min(a[1], b[1]) + 0.5,
    width: Math.abs(a[0] - b[0]),
    height: Math.abs(a[1] - b[1]),
    score: box.score,
  };
}
