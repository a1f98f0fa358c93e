import { detectFaces, type FaceBox } from './detect-faces';
import { orientedBy, type Orientation } from '../../faces/decode/formats/exif-orientation';
import type { RgbImage } from '../../faces/face-record';
import { findLandmarks, type Landmarks } from './find-landmarks';
import type { ImageNetwork } from './image-network';
import type { Point } from '../../faces/similarity-transform';

/** The networks that find faces and their five points. */
export interface PhotoNetworks {
  readonly detector: ImageNetwork;
  readonly landmarks: ImageNetwork;
}

/** Degrees clockwise by which a picture was turned to make its faces upright. */
export type Turn = 0 | 90 | 180 | 270;

/** A face in a picture, in pixels of the original picture even if it was turned. */
export interface FoundFace {
  readonly box: FaceBox;
  /** Eyes, nose tip and mouth corners; whole numbers are pixel centres. */
  readonly points: readonly Point[];
  readonly turned: Turn;
}

/** The main face of a picture, and the number of faces in it. */
export interface MainFace {
  readonly face: FoundFace;
  readonly faces: number;
}

/**
 * Largest {@link Landmarks.disagreement} of an upright face. The landmark network was made for
 * upright faces; on others its passes disagree.
 */
const MAX_DISAGREEMENT = 8;

/** The quarter turns with their Exif orientations. */
const TURNS: readonly (readonly [Turn, Orientation])[] = [
  [90, 6],
  [270, 8],
  [180, 3],
];

/** All faces of a picture, in the order of {@link detectFaces}. */
export async function findFaces(image: RgbImage, networks: PhotoNetworks): Promise<FoundFace[]> {
  const view = await bestView(image, networks);
  if (!view) return [];
  const faces = [faceIn(view, view.boxes[0]!, view.main, image)];
  for (const box of view.boxes.slice(1)) {
    faces.push(faceIn(view, box, await findLandmarks(view.image, box, networks.landmarks), image));
  }
  return faces;
}

/**
 * The first face of {@link findFaces}, without computing the others' points; null if there is none.
 */
export async function findMainFace(
  image: RgbImage,
  networks: PhotoNetworks,
): Promise<MainFace | null> {
  const view = await bestView(image, networks);
  if (!view) return null;
  const face = faceIn(view, view.boxes[0]!, view.main, image);
  return { face, faces: view.boxes.length };
}

/** A picture, possibly turned, with the faces found in it. */
interface View {
  readonly image: RgbImage;
  readonly turned: Turn;
  readonly boxes: readonly FaceBox[];
  /** The landmarks of the first box. */
  readonly main: Landmarks;
}

/**
 * Chooses between the picture and its quarter turns: the picture as it is if its face is upright,
 * otherwise the turn whose landmarks disagree least. The detector finds turned faces nearly as well
 * as upright ones, so its score doesn't tell the orientation; the landmarks do (see {@link
 * Landmarks.disagreement}). If no view has an upright face, the picture stays as it is.
 */
async function bestView(image: RgbImage, networks: PhotoNetworks): Promise<View | null> {
  const unturned = await viewOf(image, 0, networks);
  if (unturned && unturned.main.disagreement <= MAX_DISAGREEMENT) return unturned;
  let best: View | null = null;
  for (const [turn, orientation] of TURNS) {
    const view = await viewOf(orientedBy(image, orientation), turn, networks);
    if (!view || view.main.disagreement > MAX_DISAGREEMENT) continue;
    if (!best || view.main.disagreement < best.main.disagreement) best = view;
  }
  return best ?? unturned;
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

/** Converts a face of a view to pixels of the original picture. */
function faceIn(
  { turned }: View,
  box: FaceBox,
  { points }: Landmarks,
  original: RgbImage,
): FoundFace {
  return {
    box: unturnBox(box, turned, original),
    points: points.map((point) => unturnPoint(point, turned, original)),
    turned,
  };
}

function unturnPoint([x, y]: Point, turned: Turn, { width, height }: RgbImage): Point {
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

/** A box is given by pixel edges, a point by pixel centres: hence the half pixels. */
function unturnBox(box: FaceBox, turned: Turn, original: RgbImage): FaceBox {
  const [a, b] = [
    [box.left - 0.5, box.top - 0.5],
    [box.left + box.width - 0.5, box.top + box.height - 0.5],
  ].map((corner) => unturnPoint(corner as [number, number], turned, original)) as [Point, Point];
  return {
    left: Math.min(a[0], b[0]) + 0.5,
    top: Math.min(a[1], b[1]) + 0.5,
    width: Math.abs(a[0] - b[0]),
    height: Math.abs(a[1] - b[1]),
    score: box.score,
  };
}
