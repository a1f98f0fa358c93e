import { messageOf, StudioError } from '../../core/studio-error';
import { decodeBmp } from './formats/decode-bmp';
import { decodeNetpbm } from './formats/decode-netpbm';
import { MAX_PIXELS, type RgbImage } from '../face-record';
import {
  pictureFormatOf,
  READABLE_PICTURES,
  readablePicture,
  SAVE_AS_READABLE,
  type PictureFormat,
} from './formats/picture-formats';
import { claimedSize, noPicture, notRead } from './formats/picture-header';

/**
 * How a picture becomes pixels, in the page and on the command line alike:
 *
 * - What it is, its first bytes say and not its name; {@link readablePicture} says what is read.
 * - Its header may claim {@link MAX_PIXELS} at most, and is asked before anything is decoded.
 * - Of several pictures in a file (GIF, animated PNG and WebP) the first is taken.
 * - It is turned as it is to be seen: by Exif's orientation in JPEG, PNG and WebP, and by AVIF's
 *   own
 *   `irot` and `imir`, whose standard says that Exif isn't asked there.
 * - Colours are as stored: no profile (ICC, gAMA, cICP) is applied, as in the decoders that
 *   recognition sets are made with. Of 16 bits a channel the upper 8 are kept.
 * - CMYK and YCCK JPEG hold inverted inks, as Adobe writes them: red is C·K/255, and so on.
 * - What is transparent lies over white.
 *
 * The two decoders differ by one level in places, where alpha or AVIF's chroma is rounded
 * otherwise; a test holds them to that.
 *
 * @returns the format of bytes that may be handed to a decoder
 * @throws Error whose message completes "it can't be decoded: …"
 */
export function decodableFormat(bytes: Uint8Array): PictureFormat {
  const format = pictureFormatOf(bytes);
  if (!format) throw noPicture(bytes);
  if (!readablePicture(format)) throw notRead(format);
  // Where a header tells no size, the decoder refuses it itself.
  const claimed = claimedSize(bytes);
  if (claimed && claimed.width * claimed.height > MAX_PIXELS) {
    const most = `at most ${MAX_PIXELS / 1e6} million are read`;
    throw new Error(`it has ${claimed.width} × ${claimed.height} pixels; ${most}`);
  }
  return format;
}

/**
 * The pixels of what is decoded here, in every platform by the same code; null for other formats.
 * @throws Error whose message completes "it can't be decoded: …"
 */
export function decodeHere(bytes: Uint8Array, format: PictureFormat): RgbImage | null {
  if (format === 'bmp') return decodeBmp(bytes);
  return format === 'netpbm' ? decodeNetpbm(bytes) : null;
}

/**
 * What is said of a picture that can't be decoded. @param cause completes "it can't be decoded: …"
 */
export function badImage(name: string, bytes: Uint8Array, cause: unknown): StudioError {
  const reason = messageOf(cause);
  return new StudioError('bad-image', `${name} can't be decoded: ${reason}.`, nextStep(bytes), {
    cause,
  });
}

function nextStep(bytes: Uint8Array): string {
  const format = pictureFormatOf(bytes);
  if (format === 'heic') return 'Have the phone send it as JPEG, or save it as one in its viewer.';
  if (format && !readablePicture(format)) return SAVE_AS_READABLE;
  return `Choose a whole picture: ${READABLE_PICTURES}.`;
}
