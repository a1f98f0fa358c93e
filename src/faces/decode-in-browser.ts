import { StudioError } from '../formats/studio-error';
import { decodeJpegDirectly } from './decode-jpeg-directly';
import { MOST_PIXELS, type RgbImage } from './face-record';
import { claimedSize } from './picture-header';
import { rgbBytes } from './rgb-bytes';

/**
 * Decodes a picture as it was stored, turned as its EXIF says: no colour management, no premultiplied alpha. Its size is
 * read from its header first, so that a file of a few bytes that claims gigapixels is never handed to the decoder.
 * @throws Error whose message completes "it can't be decoded: …"
 */
export async function decodeInBrowser(bytes: Uint8Array): Promise<RgbImage> {
  return (await decodeJpegDirectly(bytes)) ?? decodeThroughCanvas(bytes);
}

/** {@link decodeInBrowser} by the way that is open to every picture. */
export async function decodeThroughCanvas(bytes: Uint8Array): Promise<RgbImage> {
  // Where there is none, the decoder refuses it itself.
  const claimed = claimedSize(bytes);
  if (claimed && claimed.width * claimed.height > MOST_PIXELS) {
    throw new Error(`it has ${claimed.width} × ${claimed.height} pixels; at most ${MOST_PIXELS / 1e6} million are read`);
  }
  return imageOf(await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), { colorSpaceConversion: 'none', premultiplyAlpha: 'none' }));
}

/** A bitmap's pixels; it is closed. */
export function imageOf(bitmap: ImageBitmap): RgbImage {
  try {
    const { width, height } = bitmap;
    const canvas = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
    canvas.drawImage(bitmap, 0, 0);
    return { width, height, data: rgbBytes(canvas.getImageData(0, 0, width, height).data, 'RGB') };
  } finally {
    bitmap.close();
  }
}

/**
 * {@link decodeInBrowser} of a picture that has a name.
 * @throws StudioError `bad-image`
 */
export async function decodePicture(bytes: Uint8Array, name: string): Promise<RgbImage> {
  try {
    return await decodeInBrowser(bytes);
  } catch (cause) {
    const reason = isHeic(bytes) ? 'it is HEIC, which this browser doesn\'t read' : cause instanceof Error ? cause.message : String(cause);
    const nextStep = isHeic(bytes) ? 'Have the phone send it as JPEG, or save it as one in its viewer.' : 'Choose a JPEG, PNG or WebP picture.';
    throw new StudioError('bad-image', `${name} can't be decoded: ${reason}.`, nextStep, { cause });
  }
}

/** A HEIF container whose first brand is one of HEVC pictures. */
function isHeic(bytes: Uint8Array): boolean {
  const text = String.fromCharCode(...bytes.subarray(4, 12));
  return /^ftyp(heic|heix|hevc|hevx|heim|heis|mif1|msf1)$/.test(text);
}
