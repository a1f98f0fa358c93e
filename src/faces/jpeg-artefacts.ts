import type { RgbImage } from './face-record';

/** The luminance quantisation table of JPEG's Annex K. */
const LUMINANCE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
  14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
  92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

/** Cosines of the 8-point DCT-II, orthonormal: [frequency][position]. */
const COSINES = Array.from({ length: 8 }, (_, u) =>
  Float64Array.from(
    { length: 8 },
    (_, x) => Math.sqrt((u === 0 ? 1 : 2) / 8) * Math.cos(((2 * x + 1) * u * Math.PI) / 16),
  ),
);

/**
 * Applies the loss of JPEG compression without encoding: 8×8 DCT of Y, Cb and Cr, rounding of each
 * coefficient to its quantisation step, and the inverse DCT.
 * @param quality 1..100, as libjpeg scales its tables
 */
export function jpegArtefacts(image: RgbImage, quality: number): RgbImage {
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  const luma = LUMINANCE.map((step) => Math.max(1, Math.floor((step * scale + 50) / 100)));
  const chroma = luma.map((step) => Math.max(1, Math.round(step * 1.5)));
  const { width, height, data } = image;
  const planes = [0, 1, 2].map(() => new Float64Array(width * height));
  for (let i = 0; i < width * height; i++) {
    const [r, g, b] = [data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!];
    planes[0]![i] = 0.299 * r + 0.587 * g + 0.114 * b - 128;
    planes[1]![i] = -0.168736 * r - 0.331264 * g + 0.5 * b;
    planes[2]![i] = 0.5 * r - 0.418688 * g - 0.081312 * b;
  }
  planes.forEach((plane, index) =>
    quantisePlane(plane, width, height, index === 0 ? luma : chroma),
  );
  const result = new Uint8ClampedArray(data.length);
  for (let i = 0; i < width * height; i++) {
    const [y, cb, cr] = [planes[0]![i]! + 128, planes[1]![i]!, planes[2]![i]!];
    result[3 * i] = y + 1.402 * cr;
    result[3 * i + 1] = y - 0.344136 * cb - 0.714136 * cr;
    result[3 * i + 2] = y + 1.772 * cb;
  }
  return { width, height, data: new Uint8Array(result.buffer) };
}

function quantisePlane(
  plane: Float64Array,
  width: number,
  height: number,
  steps: readonly number[],
): void {
  const block = new Float64Array(64);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      // Pixels beyond the edge repeat the edge, as in encoders.
      const at = (x: number, y: number) =>
        Math.min(height - 1, top + y) * width + Math.min(width - 1, left + x);
      for (let i = 0; i < 64; i++) block[i] = plane[at(i & 7, i >> 3)]!;
      const spectrum = transform(block, (u, x) => COSINES[u]![x]!);
      for (let i = 0; i < 64; i++) spectrum[i] = Math.round(spectrum[i]! / steps[i]!) * steps[i]!;
      const back = transform(spectrum, (x, u) => COSINES[u]![x]!);
      for (let y = 0; y < Math.min(8, height - top); y++) {
        for (let x = 0; x < Math.min(8, width - left); x++) plane[at(x, y)] = back[8 * y + x]!;
      }
    }
  }
}

/** M · block · Mᵀ */
function transform(
  block: Float64Array,
  matrix: (row: number, column: number) => number,
): Float64Array {
  const rows = new Float64Array(64);
  const result = new Float64Array(64);
  for (let y = 0; y < 8; y++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let x = 0; x < 8; x++) sum += matrix(u, x) * block[8 * y + x]!;
      rows[8 * y + u] = sum;
    }
  }
  for (let v = 0; v < 8; v++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let y = 0; y < 8; y++) sum += matrix(v, y) * rows[8 * y + u]!;
      result[8 * v + u] = sum;
    }
  }
  return result;
}
