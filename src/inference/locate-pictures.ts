import { StudioError } from '../core/studio-error';
import type { RgbImage } from '../faces/face-record';
import { readAhead } from '../faces/sources/read-ahead';
import { locateMainFace, type LocatedFace, type LocateOptions } from './locate-face';

/** Options of {@link locatePictures}. */
export interface LocatePicturesOptions extends LocateOptions {
  /**
   * @throws StudioError `bad-image` or `bad-source` for a picture that doesn't exist or can't be
   * decoded: it is counted as lost, and the others are still read
   */
  readonly decode: (picture: string) => Promise<RgbImage>;
  readonly signal?: AbortSignal;
  /** Called before each picture; true ends the reading there. */
  readonly isStopped?: () => boolean | Promise<boolean>;
}

/**
 * A picture that no face could be read from, and why. Its pairs get no score; a template is pooled
 * from its other pictures.
 */
export interface LostPicture {
  readonly picture: string;
  /** `undetected`: no face was found. `unreadable`: it doesn't exist, or can't be decoded. */
  readonly what: 'undetected' | 'unreadable';
  readonly reason: string;
}

/** Names a lost picture and the reason; the reason of an unreadable one already names it. */
export function describeLostPicture({ picture, what, reason }: LostPicture): string {
  if (what === 'unreadable') return reason;
  // A set without file names numbers its pictures.
  return `${/^\d+$/.test(picture) ? `picture ${picture}` : picture}: ${reason}`;
}

/** A picture's main face, or why it is lost. */
export type LocatedPicture =
  | { readonly index: number; readonly face: LocatedFace; readonly loss: null }
  | { readonly index: number; readonly face: null; readonly loss: LostPicture };

/** Pictures decoded ahead of the one whose face is being located. */
const DECODED_AHEAD = 4;

/**
 * Decodes pictures and locates the main face of each, in their order.
 * @throws what `decode` throws, except `bad-image` and `bad-source`; `signal`'s reason
 */
export async function* locatePictures(
  pictures: readonly string[],
  { decode, signal, isStopped, ...how }: LocatePicturesOptions,
): AsyncGenerator<LocatedPicture> {
  for await (const { index, image, loss } of readAhead(decoded(pictures, decode), DECODED_AHEAD)) {
    signal?.throwIfAborted();
    if (await isStopped?.()) return;
    const face = image && (await locateMainFace(image, how));
    if (face) yield { index, face, loss: null };
    else yield { index, face: null, loss: loss ?? undetected(pictures[index]!, image!) };
  }
}

/** A decoded picture, or the reason why it is lost. */
interface DecodedPicture {
  readonly index: number;
  readonly image: RgbImage | null;
  readonly loss: LostPicture | null;
}

async function* decoded(
  pictures: readonly string[],
  decode: LocatePicturesOptions['decode'],
): AsyncGenerator<DecodedPicture> {
  for (const [index, picture] of pictures.entries()) {
    try {
      yield { index, image: await decode(picture), loss: null };
    } catch (thrown) {
      yield { index, image: null, loss: unreadable(picture, thrown) };
    }
  }
}

/**
 * The loss of a picture that can't be read.
 * @throws `thrown` itself if it is another error than `bad-image` or `bad-source`
 */
export function unreadable(picture: string, thrown: unknown): LostPicture {
  const isUnreadable =
    thrown instanceof StudioError && (thrown.code === 'bad-image' || thrown.code === 'bad-source');
  if (!isUnreadable) throw thrown;
  return { picture, what: 'unreadable', reason: thrown.message };
}

const undetected = (picture: string, { width, height }: RgbImage): LostPicture => ({
  picture,
  what: 'undetected',
  reason: `No face was found in it (${width} × ${height}).`,
});
