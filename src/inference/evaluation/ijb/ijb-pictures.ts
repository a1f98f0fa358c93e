import { problemWithPoints } from '../../align/plausible-points';
import { findMainFace, type PhotoNetworks } from '../../align/find-faces';
import type { IjbPictures } from '../../../formats/pairs/ijb-meta';
import { photoViews } from '../../crop-views';
import { locatedIn, type LocatedFace } from '../../locate-face';
import { unreadable, type LostPicture } from '../../locate-pictures';
import type { ReadingPolicy } from '../../reading-policy';
import type { RgbImage } from '../../../faces/face-record';
import type { IjbRelease } from './ijb-release';

/** A picture whose face our detector found, because the release's own points were not usable. */
export interface RedetectedPicture {
  readonly picture: string;
  /** What is wrong with the release's points, as a sentence. */
  readonly reason: string;
}

/** The face of a picture, aligned. */
export interface AlignedPicture {
  /** The release's; our detector's for a redetected picture. */
  readonly detectorScore: number;
  readonly face: LocatedFace;
  /** What is wrong with the release's points, if our detector found the face; else null. */
  readonly foundAnew: string | null;
}

/** A picture of a release by its row in the list: its face, or why it has none. */
export type PreparedPicture =
  | { readonly row: number; readonly aligned: AlignedPicture; readonly loss: null }
  | { readonly row: number; readonly aligned: null; readonly loss: LostPicture };

/** Pictures that are read from disk and decoded ahead of the one that is aligned. */
const DECODED_AHEAD = 8;

/** The rows of a release's pictures, template by template and, within each, media by media. */
export function readingOrder({ names, templates, media }: IjbPictures): Int32Array {
  return Int32Array.from(names, (_, row) => row).sort(
    (a, b) => templates[a]! - templates[b]! || media[a]! - media[b]! || a - b,
  );
}

/**
 * Decodes and aligns pictures of a release.
 * @param rows in the order in which they come
 * @param policy the views of each face
 * @param networks loads our detector, for pictures without usable points; null: those are lost
 */
export async function* alignedPictures(
  release: IjbRelease,
  rows: Int32Array,
  policy: ReadingPolicy,
  networks: (() => Promise<PhotoNetworks>) | null,
): AsyncGenerator<PreparedPicture> {
  for await (const { row, image, thrown } of decodedInOrder(release, rows)) {
    const picture = release.pictures.names[row]!;
    try {
      if (!image) throw thrown;
      yield { row, ...(await alignedIn(image, picture, release, policy, networks)) };
    } catch (failure) {
      yield { row, aligned: null, loss: unreadable(picture, failure) };
    }
  }
}

async function alignedIn(
  image: RgbImage,
  picture: string,
  { detections }: IjbRelease,
  policy: ReadingPolicy,
  networks: (() => Promise<PhotoNetworks>) | null,
): Promise<
  { readonly aligned: AlignedPicture; loss: null } | { aligned: null; loss: LostPicture }
> {
  const detection = detections.get(picture);
  const problem = detection ? problemWithPoints(detection.points, image) : null;
  if (detection && problem === null) {
    const { points, score: detectorScore } = detection;
    const face = { policy, crops: photoViews(image, points, policy), found: null };
    return { aligned: { detectorScore, face, foundAnew: null }, loss: null };
  }
  const reason = detection
    ? `Its points in the release ${problem}.`
    : 'The release has no points for it.';
  const main = networks && (await findMainFace(image, await networks()));
  if (!main) {
    const full = networks ? `${reason} No face was found in it either.` : reason;
    return { aligned: null, loss: { picture, what: 'undetected', reason: full } };
  }
  const face = locatedIn(image, main, policy);
  const detectorScore = main.face.box.score;
  return { aligned: { detectorScore, face, foundAnew: reason }, loss: null };
}

/** A decoded picture, or what decoding it has thrown. */
interface DecodedRow {
  readonly row: number;
  readonly image: RgbImage | null;
  readonly thrown: unknown;
}

/** Decodes several pictures at a time, and gives them in order. */
async function* decodedInOrder(
  { pictures, decode }: IjbRelease,
  rows: Int32Array,
): AsyncGenerator<DecodedRow> {
  const waiting: Promise<DecodedRow>[] = [];
  for (const row of rows) {
    const decoding = decode(pictures.names[row]!).then(
      (image): DecodedRow => ({ row, image, thrown: null }),
      (thrown: unknown): DecodedRow => ({ row, image: null, thrown }),
    );
    waiting.push(decoding);
    if (waiting.length > DECODED_AHEAD) yield await waiting.shift()!;
  }
  for (const decoded of waiting) yield await decoded;
}
