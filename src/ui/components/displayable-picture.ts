import { decodeInBrowser } from '../../faces/decode/decode-in-browser';
import { webpOrientation } from '../../faces/decode/formats/exif-orientation';
import type { RgbImage } from '../../faces/face-record';
import { pictureFormatOf } from '../../faces/decode/formats/picture-formats';

/** Whether an `<img>` shows a picture differently from how the studio decodes it, or not at all. */
function needsConversion(bytes: Uint8Array): boolean {
  return pictureFormatOf(bytes) === 'netpbm' || (webpOrientation(bytes) ?? 1) !== 1;
}

/** A file that an `<img>` shows as the studio decodes it: the picture itself, or a PNG of it. */
export async function displayablePicture(picture: Blob): Promise<Blob> {
  try {
    const bytes = new Uint8Array(await picture.arrayBuffer());
    return needsConversion(bytes) ? await pngOf(await decodeInBrowser(bytes)) : picture;
  } catch {
    // The worker reports a picture that can't be decoded; here there is nothing else to show.
    return picture;
  }
}

function pngOf({ width, height, data }: RgbImage): Promise<Blob> {
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    pixels.data.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
    pixels.data[4 * i + 3] = 255;
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}
