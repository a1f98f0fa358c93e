import type { RgbImage } from './face-record';

const MOST_PIXELS = 64e6;

/** Decodes a picture as it was stored: no colour management, no premultiplied alpha. */
export async function decodeInBrowser(blob: Blob): Promise<RgbImage> {
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  try {
    const { width, height } = bitmap;
    if (width * height > MOST_PIXELS) throw new Error(`it has ${width} × ${height} pixels; at most ${MOST_PIXELS / 1e6} million are read`);
    const canvas = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
    canvas.drawImage(bitmap, 0, 0);
    const rgba = canvas.getImageData(0, 0, width, height).data;
    const data = new Uint8Array(width * height * 3);
    for (let from = 0, to = 0; from < rgba.length; from += 4) {
      data[to++] = rgba[from]!;
      data[to++] = rgba[from + 1]!;
      data[to++] = rgba[from + 2]!;
    }
    return { width, height, data };
  } finally {
    bitmap.close();
  }
}
