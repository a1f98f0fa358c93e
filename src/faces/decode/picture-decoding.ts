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
import { claimedSize, unknownFormatError, unreadFormatError } from './formats/picture-header';

/**
 * Rules for decoding pictures, both in the page and on the command line:
 *
 * - The format is determined by the first bytes, not by the name; see {@link readablePicture} for
 *   the formats that are read.
 * - The header may claim at most {@link MAX_PIXELS}, which is checked before decoding.
 * - Of several pictures in a file (GIF, animated PNG and WebP) the first is used.
 * - Pictures are rotated upright: by the Exif orientation in JPEG, PNG and WebP, and by `irot` and
 *   `imir` in AVIF, whose standard says that Exif is ignored there.
 * - Colours are as stored: no profile (ICC, gAMA, cICP) is applied, as in the decoders used to make
 *   recognition sets. Of 16 bits per channel the upper 8 are used.
 * - CMYK and YCCK JPEGs store inverted inks, as Adobe does: red is C·K/255, and so on.
 * - Transparent pixels lie over white.
 *
 * The two decoders differ by one level in places, where alpha or AVIF's chroma is rounded
 * differently; a test bounds the difference.
 *
 * @returns the format, if the bytes may be passed to a decoder
 * @throws Error whose message completes "it can't be decoded: …"
 */
export function decodableFormat(bytes: Uint8Array): PictureFormat {
  const format = pictureFormatOf(bytes);
  if (!format) throw unknownFormatError(bytes);
  if (!readablePicture(format)) throw unreadFormatError(format);
  // If the header has no size, the decoder itself refuses the picture.
  const claimed = claimedSize(bytes);
  if (claimed && claimed.width * claimed.height > MAX_PIXELS) {
    const limit = `at most ${MAX_PIXELS / 1e6} million are read`;
    throw new Error(`it has ${claimed.width} × ${claimed.height} pixels; ${limit}`);
  }
  return format;
}

/**
 * Decodes BMP and Netpbm, with the same code on every platform; null for other formats.
 * @throws Error whose message completes "it can't be decoded: …"
 */
export function decodeInJavaScript(bytes: Uint8Array, format: PictureFormat): RgbImage | null {
  if (format === 'bmp') return decodeBmp(bytes);
  return format === 'netpbm' ? decodeNetpbm(bytes) : null;
}

/**
 * The error for a picture that can't be decoded.
 * @param cause its message completes "it can't be decoded: …"
 */
export function undecodableError(name: string, bytes: Uint8Array, cause: unknown): StudioError {
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
