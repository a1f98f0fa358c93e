/** A square RGBA picture as a canvas of its own. */
export function thumbnailOf(pixels: Uint8ClampedArray): HTMLCanvasElement {
  const side = Math.sqrt(pixels.length / 4);
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const image = new ImageData(pixels as Uint8ClampedArray<ArrayBuffer>, side, side);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas;
}
