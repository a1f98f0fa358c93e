import type { StudioError } from '../../core/studio-error';
import { decodeJpegDirectly } from './decode-jpeg-directly';
import { orientedBy, webpOrientation, withUprightOrientation } from './formats/exif-orientation';
import type { RgbImage } from '../face-record';
import { undecodableError, decodableFormat, decodeInJavaScript } from './picture-decoding';
import { rgbBytes } from './rgb-bytes';

/**
 * Decodes a picture in the browser, by the rule of {@link decodableFormat}.
 * @throws Error whose message completes "it can't be decoded: …"
 */
export async function decodeInBrowser(bytes: Uint8Array): Promise<RgbImage> {
  return (await decodeJpegDirectly(bytes)) ?? decodeByFormat(bytes);
}

async function decodeByFormat(bytes: Uint8Array): Promise<RgbImage> {
  const format = decodableFormat(bytes);
  const image = decodeInJavaScript(bytes, format);
  if (image) return image;
  const orientation = format === 'webp' ? webpOrientation(bytes) : null;
  if (orientation === null || orientation === 1) return decodeThroughCanvas(bytes);
  return orientedBy(await decodeThroughCanvas(withUprightOrientation(bytes)), orientation);
}

/** Decodes with the browser's decoder and a canvas. WebP isn't rotated by its Exif orientation. */
export async function decodeThroughCanvas(bytes: Uint8Array): Promise<RgbImage> {
  const blob = new Blob([bytes as Uint8Array<ArrayBuffer>]);
  return pixelsOfBitmap(
    await createImageBitmap(blob, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' }),
  );
}

/** The pixels of a bitmap, with transparency over white. Closes the bitmap. */
export function pixelsOfBitmap(bitmap: ImageBitmap): RgbImage {
  try {
    const { width, height } = bitmap;
    const canvas = new OffscreenCanvas(width, height).getContext('2d', {
      willReadFrequently: true,
    })!;
    canvas.fillStyle = '#fff';
    canvas.fillRect(0, 0, width, height);
    canvas.drawImage(bitmap, 0, 0);
    return { width, height, data: rgbBytes(canvas.getImageData(0, 0, width, height).data, 'RGB') };
  } finally {
    bitmap.close();
  }
}

/**
 * {@link decodeInBrowser} with the picture's name in the error.
 * @throws StudioError `bad-image`
 */
export async function decodePicture(bytes: Uint8Array, name: string): Promise<RgbImage> {
  try {
    return await decodeInBrowser(bytes);
  } catch (cause) {
    throw undecodableError(name, bytes, cause) satisfies StudioError;
  }
}
