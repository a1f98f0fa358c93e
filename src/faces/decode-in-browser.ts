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
  const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  try {
    const { width, height } = bitmap;
    const canvas = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
    canvas.drawImage(bitmap, 0, 0);
    return { width, height, data: rgbBytes(canvas.getImageData(0, 0, width, height).data, 'RGB') };
  } finally {
    bitmap.close();
  }
}
