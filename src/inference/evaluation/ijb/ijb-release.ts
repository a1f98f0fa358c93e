import { StudioError } from '../../../core/studio-error';
import type { RgbImage } from '../../../faces/face-record';
import { crc32 } from '../../../formats/bytes/crc32';
import {
  readIjbDetections,
  readIjbPairs,
  readIjbPictures,
  type IjbDetections,
  type IjbPairs,
  type IjbPictures,
} from '../../../formats/pairs/ijb-meta';

/** A release of IJB-B or IJB-C, its three lists already read. */
export interface IjbRelease {
  /** Of its folder. */
  readonly name: string;
  readonly pictures: IjbPictures;
  readonly pairs: IjbPairs;
  /** The release's own five points and detector score, by picture. */
  readonly detections: IjbDetections;
  /** @throws StudioError `bad-image` or `bad-source` */
  decode(picture: string): Promise<RgbImage>;
}

/** A release that was read from its folder. */
export interface OpenIjbRelease extends IjbRelease {
  /** By the names of its lists; null where they are of another set. */
  readonly set: 'IJB-B' | 'IJB-C' | null;
  /** Differs where the lists of pictures or points do. */
  readonly fingerprint: string;
}

/** The folder of a release: on disk, or picked in a page. */
export interface IjbFolder {
  readonly name: string;
  /** Names of the files in `meta`. @throws StudioError `bad-source` without such a folder */
  lists(): Promise<readonly string[]>;
  /** A file of `meta`, in pieces. */
  list(name: string): AsyncIterable<Uint8Array>;
  /** Names of the files in `loose_crop`; none without such a folder. */
  pictures(): AsyncIterable<string>;
  /** A file of `loose_crop`. @throws StudioError `bad-source` */
  picture(name: string): Promise<Uint8Array>;
}

/** What a release's lists end in, whatever the set is called. */
const ENDINGS = ['face_tid_mid.txt', 'template_pair_label.txt', 'name_5pts_score.txt'] as const;

/**
 * Reads the lists of a release.
 * @param decode a picture's bytes. @throws StudioError `bad-image`
 * @param onProgress called with the number of pairs read so far
 * @throws StudioError `bad-source` naming the lists that are missing, or what is wrong in one
 */
export async function openIjbRelease(
  folder: IjbFolder,
  decode: (bytes: Uint8Array, name: string) => Promise<RgbImage>,
  onProgress?: (pairs: number) => void,
): Promise<OpenIjbRelease> {
  const [pictureList, pairList, pointList] = listsAmong(await folder.lists(), folder.name);
  const sums: string[] = [];
  const summed = (name: string) => withSum(folder.list(name), (sum) => sums.push(sum));
  const pictures = await readIjbPictures(summed(pictureList), pictureList);
  const pairs = await readIjbPairs(folder.list(pairList), pairList, onProgress);
  const detections = await readIjbDetections(summed(pointList), pointList);
  return {
    name: folder.name,
    set: setOf(pictureList),
    fingerprint: sums.join(' '),
    pictures,
    pairs,
    detections,
    decode: async (picture) => {
      // A name in a list must not lead out of the release's folder.
      if (/[/\\]/.test(picture) || picture === '.' || picture === '..')
        throw new StudioError(
          'bad-source',
          `${JSON.stringify(picture)} is no name of a picture.`,
          'Check the release.',
        );
      return decode(await folder.picture(picture), picture);
    },
  };
}

/** The pictures of a release's list that its folder doesn't hold, in the order of the list. */
export async function missingPictures(
  { pictures }: Pick<IjbRelease, 'pictures'>,
  folder: IjbFolder,
  onProgress?: (files: number) => void,
): Promise<string[]> {
  const missing = new Set(pictures.names);
  let files = 0;
  for await (const name of folder.pictures()) {
    missing.delete(name);
    onProgress?.(++files);
  }
  return [...missing];
}

/** @throws StudioError `bad-source` unless there is one file of each ending */
function listsAmong(files: readonly string[], folder: string): [string, string, string] {
  const found = ENDINGS.map((ending) => files.filter((file) => file.endsWith(ending)));
  const missing = ENDINGS.filter((_, i) => found[i]!.length === 0);
  const nextStep = 'Check that the release was unpacked whole, and alone.';
  if (missing.length > 0)
    throw new StudioError(
      'bad-source',
      `The folder meta of ${folder} has no file whose name ends in ${missing.join(', or in ')}.`,
      nextStep,
    );
  const several = found.find((names) => names.length > 1);
  if (several)
    throw new StudioError(
      'bad-source',
      `The folder meta of ${folder} has ${several.join(' and ')}; one of them was expected.`,
      nextStep,
    );
  const [pictures, pairs, points] = found.map(([name]) => name!);
  return [pictures!, pairs!, points!];
}

function setOf(list: string): OpenIjbRelease['set'] {
  const letter = /^ijb[-_ ]?([bc])/i.exec(list)?.[1]?.toUpperCase();
  return letter === 'B' || letter === 'C' ? `IJB-${letter}` : null;
}

/** Passes pieces on. @param onSum called at the end with their CRC-32 and length */
async function* withSum(
  pieces: AsyncIterable<Uint8Array>,
  onSum: (sum: string) => void,
): AsyncGenerator<Uint8Array> {
  let [sum, bytes] = [0, 0];
  for await (const piece of pieces) {
    sum = crc32(piece, sum);
    bytes += piece.length;
    yield piece;
  }
  onSum(`${sum.toString(16)}-${bytes}`);
}
