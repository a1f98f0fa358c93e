import { CROP_SIZE } from '../../faces/face-record';

/** Encodes a crop, 112 × 112 × 3 RGB bytes, as a JPEG of quality 95, in a worker of a browser. */
export async function encodeCropInBrowser(crop: Uint8Array): Promise<Uint8Array> {
  const image = new ImageData(CROP_SIZE, CROP_SIZE);
  for (let pixel = 0; pixel < CROP_SIZE * CROP_SIZE; pixel++) {
    image.data.set(crop.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
    image.data[4 * pixel + 3] = 255;
  }
  const canvas = new OffscreenCanvas(CROP_SIZE, CROP_SIZE);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 });
  return new Uint8Array(await blob.arrayBuffer());
}
