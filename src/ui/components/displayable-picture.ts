import { decodeInBrowser } from '../../faces/decode/decode-in-browser';
import { webpOrientation } from '../../faces/decode/formats/exif-orientation';
import type { RgbImage } from '../../faces/face-record';
import { pictureFormatOf } from '../../faces/decode/formats/picture-formats';

/** Whether an `<img>` shows a picture otherwise than it is decoded, or not at all. */
function isShownOtherwise(bytes: Uint8Array): boolean {
  return pictureFormatOf(bytes) === 'netpbm' || (webpOrientation(bytes) ?? 1) !== 1;
}

/** What an `<img>` shows as it is decoded: the file itself, where it does so, or a PNG of it. */
export async function displayablePicture(picture: Blob): Promise<Blob> {
  try {
    const bytes = new Uint8Array(await picture.arrayBuffer());
    return isShownOtherwise(bytes) ? await pngOf(await decodeInBrowser(bytes)) : picture;
  } catch {
    // What can't be read or decoded is said by whoever reads it; there is nothing else to show.
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
