import type { RgbImage } from '../../faces/face-record';
import { findMainFace, type PhotoNetworks } from '../align/find-faces';
import { problemWithPoints } from '../align/plausible-points';
import type { IjbDetection, IjbPairs, IjbPictures } from '../../formats/pairs/ijb-meta';
import { photoViews } from '../crop-views';
import { locatedIn, type LocatedFace } from '../locate-face';
import { unreadable, type LostPicture } from '../locate-pictures';
import type { ReadingPolicy } from '../reading-policy';

/** A release of IJB-B or IJB-C, its three lists already read. */
export interface IjbRelease {
  readonly name: string;
  readonly pictures: IjbPictures;
  readonly pairs: IjbPairs;
  /** The release's own five points and detector score, by picture. */
  readonly detections: ReadonlyMap<string, IjbDetection>;
  /** @throws StudioError `bad-image` or `bad-source` */
  decode(picture: string): Promise<RgbImage>;
}

/** A picture whose face our detector found, because the release's own points were not usable. */
export interface RedetectedPicture {
  readonly picture: string;
  /** What is wrong with the release's points, as a sentence. */
  readonly reason: string;
}

/** A picture of a template, aligned. */
export interface AlignedPicture {
  readonly template: number;
  readonly media: number;
  /** The release's; our detector's for a redetected picture. */
  readonly detectorScore: number;
  readonly face: LocatedFace;
}

/** Pictures that were not read as the release describes them; both lists grow during reading. */
export interface IjbExceptions {
  /** Pictures without a usable face. */
  readonly lost: LostPicture[];
  readonly redetected: RedetectedPicture[];
}

/**
 * Aligns a release's pictures, template by template and, within each, media by media. Unusable
 * pictures are added to `exceptions.lost` and skipped.
 * @param policy the views of each face
 * @param networks loads our detector, for pictures without usable points; null: those are lost
 */
export async function* alignedPictures(
  { pictures, detections, decode }: IjbRelease,
  policy: ReadingPolicy,
  networks: (() => Promise<PhotoNetworks>) | null,
  { lost, redetected }: IjbExceptions,
): AsyncGenerator<AlignedPicture> {
  const { names, templates, media } = pictures;
  const order = Int32Array.from(names, (_, row) => row).sort(
    (a, b) => templates[a]! - templates[b]! || media[a]! - media[b]! || a - b,
  );
  for (const row of order) {
    const picture = names[row]!;
    const place = { template: templates[row]!, media: media[row]! };
    const detection = detections.get(picture);
    try {
      const image = await decode(picture);
      const problem = detection ? problemWithPoints(detection.points, image) : null;
      if (detection && problem === null) {
        const { points, score: detectorScore } = detection;
        const crops = photoViews(image, points, policy);
        yield { ...place, detectorScore, face: { policy, crops, found: null } };
        continue;
      }
      const reason = detection
        ? `Its points in the release ${problem}.`
        : 'The release has no points for it.';
      const main = networks && (await findMainFace(image, await networks()));
      if (main) {
        redetected.push({ picture, reason });
        const face = locatedIn(image, main, policy);
        yield { ...place, detectorScore: main.face.box.score, face };
      } else {
        const full = networks ? `${reason} No face was found in it either.` : reason;
        lost.push({ picture, what: 'undetected', reason: full });
      }
    } catch (thrown) {
      lost.push(unreadable(picture, thrown));
    }
  }
}
