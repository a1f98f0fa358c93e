import type { RgbImage } from '../../faces/face-record';

/**
 * An affine map from target to source: target pixel (x, y) reads the source at (xx·x + xy·y + x0,
 * yx·x + yy·y + y0). Whole numbers are pixel centres.
 */
export interface SourceMap {
  readonly xx: number;
  readonly xy: number;
  readonly x0: number;
  readonly yx: number;
  readonly yy: number;
  readonly y0: number;
}

/** Samples along one side of a target pixel, at most: enough for a reduction to a sixteenth. */
const MAX_SAMPLES_PER_SIDE = 16;

/**
 * Resamples a picture through an affine map. If that shrinks it, every target pixel averages as
 * many bilinear samples as it covers source pixels, so that fine detail doesn't alias.
 * @param outside the colour beyond the picture: black, or that of the nearest edge
 */
export function warpImage(
  image: RgbImage,
  map: SourceMap,
  width: number,
  height: number,
  outside: 'black' | 'edge',
): RgbImage {
  const stretch = Math.max(Math.hypot(map.xx, map.yx), Math.hypot(map.xy, map.yy));
  const samples = Math.min(MAX_SAMPLES_PER_SIDE, Math.max(1, Math.ceil(stretch)));
  const data = new Uint8Array(width * height * 3);
  const sum = new Float64Array(3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      sum.fill(0);
      for (let j = 0; j < samples; j++) {
        const ty = y + (j + 0.5) / samples - 0.5;
        for (let i = 0; i < samples; i++) {
          const tx = x + (i + 0.5) / samples - 0.5;
          addBilinear(
            image,
            map.xx * tx + map.xy * ty + map.x0,
            map.yx * tx + map.yy * ty + map.y0,
            outside,
            sum,
          );
        }
      }
      const at = 3 * (y * width + x);
      for (let c = 0; c < 3; c++) data[at + c] = sum[c]! / (samples * samples) + 0.5;
    }
  }
  return { width, height, data };
}

/**
 * The map from a target of toWidth × toHeight to a source rectangle, given by its pixel edges.
 */
export function rectangleMap(
  left: number,
  top: number,
  width: number,
  height: number,
  toWidth: number,
  toHeight: number,
): SourceMap {
  const [xx, yy] = [width / toWidth, height / toHeight];
  return { xx, xy: 0, x0: left + xx / 2 - 0.5, yx: 0, yy, y0: top + yy / 2 - 0.5 };
}

function addBilinear(
  { width, height, data }: RgbImage,
  x: number,
  y: number,
  outside: 'black' | 'edge',
  sum: Float64Array,
): void {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - left, y - top];
  for (let corner = 0; corner < 4; corner++) {
    const [right, below] = [corner & 1, corner >> 1];
    let [px, py] = [left + right, top + below];
    const weightX = right ? fx : 1 - fx;
    const weight = weightX * (below ? fy : 1 - fy);
    if (px < 0 || py < 0 || px >= width || py >= height) {
      if (outside === 'black') continue;
      px = Math.min(width - 1, Math.max(0, px));
      py = Math.min(height - 1, Math.max(0, py));
    }
    const at = 3 * (py * width + px);
    for (let c = 0; c < 3; c++) sum[c]! += weight * data[at + c]!;
  }
}
