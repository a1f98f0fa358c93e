import type { PhotoNetworks } from '../../align/find-faces';
import { readAhead } from '../../../faces/sources/read-ahead';
import { type Backbone, BACKBONE_BATCH } from '../../../models/backbones/backbone';
import type { EvaluatedHead } from '../evaluated-heads';
import { FaceReader } from '../../face-reader';
import { policyViews, type ReadingPolicy } from '../../reading-policy';
import { alignedPictures, type PreparedPicture } from './ijb-pictures';
import type { IjbRelease } from './ijb-release';
import type { IjbReading } from './reading-record';

/** With what the pictures of a release are read. */
export interface ReadingTools {
  readonly release: IjbRelease;
  readonly backbone: Backbone;
  readonly heads: readonly EvaluatedHead[];
  /** How each face is read, at the release's five points. */
  readonly policy: ReadingPolicy;
  /**
   * Loads our detector, for pictures whose points in the release are missing or can't be a face's;
   * null: such pictures are lost.
   */
  readonly networks: (() => Promise<PhotoNetworks>) | null;
}

/** What a picture of a release has given, by its row in the list. */
export type RowReading = IjbReading & { readonly row: number };

/**
 * Reads pictures of a release, and gives what they have given in groups that fill a pass of the
 * backbone. Reading that ends after a group and goes on later makes the same groups as reading
 * without a break, and so the same numbers to the last bit.
 * @param rows in the order in which they come
 */
export async function* readPictureGroups(
  { release, backbone, heads, policy, networks }: ReadingTools,
  rows: Int32Array,
): AsyncGenerator<readonly RowReading[]> {
  const reader = new FaceReader(
    backbone,
    heads.map(({ head }) => head),
    policy,
  );
  const facesAPass = BACKBONE_BATCH / policyViews[policy].length;
  const prepared = alignedPictures(release, rows, policy, networks);
  for await (const group of readAhead(inPasses(prepared, facesAPass), 1)) {
    const aligned = group.flatMap(({ aligned }) => (aligned ? [aligned] : []));
    const faces = await reader.read(aligned.map(({ face }) => face));
    let at = 0;
    yield group.map(({ row, aligned, loss }): RowReading => {
      if (loss) return { row, face: null, loss };
      const { embedding, concentrations } = faces[at++]!;
      const { detectorScore, foundAnew } = aligned;
      return { row, face: { embedding, concentrations, detectorScore }, foundAnew, loss: null };
    });
  }
}

/** Pictures of a group, at most: of a folder without pictures all are lost. */
const MOST_PICTURES = 256;

/** Groups of pictures, in order, each but the last with so many faces, or full. */
async function* inPasses(
  pictures: AsyncIterable<PreparedPicture>,
  faces: number,
): AsyncGenerator<PreparedPicture[]> {
  let group: PreparedPicture[] = [];
  let found = 0;
  for await (const picture of pictures) {
    group.push(picture);
    if (picture.aligned) found++;
    if (found < faces && group.length < MOST_PICTURES) continue;
    yield group;
    [group, found] = [[], 0];
  }
  if (group.length > 0) yield group;
}
