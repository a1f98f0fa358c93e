import { seededRandom, type SeededRandom } from '../core/seeded-random';
import { pristine, type DegradationLevels, type RgbImage } from './face-record';
import { jpegArtefacts } from './jpeg-artefacts';

/**
 * Degrades a picture by the given levels, in the order of a camera: occlusion, focus, sensor
 * resolution, exposure, noise, compression. Level 0 of a kind does nothing; pristine levels return
 * the same bytes.
 */
export function degrade(image: RgbImage, levels: DegradationLevels, seed: number): RgbImage {
  const random = seededRandom(seed);
  // Each kind has its own random stream, so that moving one slider doesn't change another's noise.
  const [occluding, sensing, exposing] = [0, 1, 2].map(() => seededRandom(random.int(2 ** 32)));
  let result = image;
  if (levels.occlusion > 0) result = occlude(result, levels.occlusion, occluding!);
  if (levels.blur > 0) result = blur(result, 4 * levels.blur * (image.width / 112));
  if (levels.resolution > 0) result = lowerResolution(result, levels.resolution);
  if (levels.exposure > 0) result = expose(result, levels.exposure, exposing!);
  if (levels.noise > 0) result = addNoise(result, 60 * levels.noise, sensing!);
  if (levels.jpeg > 0)
    result = jpegArtefacts(result, Math.max(3, Math.round(92 - 87 * levels.jpeg)));
  return result;
}

/**
 * Draws one or two kinds of degradation, each from mild to `strength`; a share `untouched` of the
 * draws has none.
 */
export function sampleDegradation(
  random: SeededRandom,
  strength: number,
  untouched: number,
): DegradationLevels {
  if (random.next() < untouched) return pristine;
  const kinds = Object.keys(pristine) as (keyof DegradationLevels)[];
  const levels = { ...pristine } as Record<keyof DegradationLevels, number>;
  for (let i = random.next() < 0.5 ? 1 : 2; i > 0; i--)
    levels[kinds[random.int(kinds.length)]!] = strength * (0.1 + 0.9 * random.next());
  return levels;
}

/**
 * Shrinks by area averaging, to no less than a tenth of the side, and scales back up bilinearly.
 */
function lowerResolution(image: RgbImage, level: number): RgbImage {
  const side = Math.max(8, Math.round(image.width * (1 - level) + 0.1 * image.width * level));
  const small = resizeArea(
    image,
    side,
    Math.max(8, Math.round((side * image.height) / image.width)),
  );
  return resizeBilinear(small, image.width, image.height);
}

/** Scales down by averaging the source pixels under each target pixel. */
export function resizeArea(image: RgbImage, width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const [y0, y1] = [(y * image.height) / height, ((y + 1) * image.height) / height];
    for (let x = 0; x < width; x++) {
      const [x0, x1] = [(x * image.width) / width, ((x + 1) * image.width) / width];
      let r = 0;
      let g = 0;
      let b = 0;
      let area = 0;
      for (let sy = Math.floor(y0); sy < Math.ceil(y1); sy++) {
        const tall = Math.min(sy + 1, y1) - Math.max(sy, y0);
        for (let sx = Math.floor(x0); sx < Math.ceil(x1); sx++) {
          const weight = tall * (Math.min(sx + 1, x1) - Math.max(sx, x0));
          const at = 3 * (sy * image.width + sx);
          r += weight * image.data[at]!;
          g += weight * image.data[at + 1]!;
          b += weight * image.data[at + 2]!;
          area += weight;
        }
      }
      data.set([r / area + 0.5, g / area + 0.5, b / area + 0.5], 3 * (y * width + x));
    }
  }
  return { width, height, data };
}

/** Scales up bilinearly, pixel centres on pixel centres. */
export function resizeBilinear(image: RgbImage, width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const fy = Math.min(image.height - 1, Math.max(0, ((y + 0.5) * image.height) / height - 0.5));
    const [y0, wy] = [Math.floor(fy), fy - Math.floor(fy)];
    const y1 = Math.min(image.height - 1, y0 + 1);
    for (let x = 0; x < width; x++) {
      const fx = Math.min(image.width - 1, Math.max(0, ((x + 0.5) * image.width) / width - 0.5));
      const [x0, wx] = [Math.floor(fx), fx - Math.floor(fx)];
      const x1 = Math.min(image.width - 1, x0 + 1);
      for (let c = 0; c < 3; c++) {
        const pixel = (px: number, py: number) => image.data[3 * (py * image.width + px) + c]!;
        const top = pixel(x0, y0) * (1 - wx) + pixel(x1, y0) * wx;
        const bottom = pixel(x0, y1) * (1 - wx) + pixel(x1, y1) * wx;
        data[3 * (y * width + x) + c] = top * (1 - wy) + bottom * wy + 0.5;
      }
    }
  }
  return { width, height, data };
}

/**
 * Separable Gaussian blur; edge pixels are repeated.
 * @param sigma in pixels
 */
function blur(image: RgbImage, sigma: number): RgbImage {
  const radius = Math.ceil(3 * sigma);
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  const pass = (
    from: ArrayLike<number>,
    width: number,
    height: number,
    along: number,
    across: number,
  ): Float64Array => {
    const to = new Float64Array(width * height * 3);
    for (let line = 0; line < height; line++) {
      for (let at = 0; at < width; at++) {
        for (let c = 0; c < 3; c++) {
          let sum = 0;
          for (let k = -radius; k <= radius; k++) {
            const clamped = Math.min(width - 1, Math.max(0, at + k));
            sum += kernel[k + radius]! * from[line * across + clamped * along + c]!;
          }
          to[line * across + at * along + c] = sum / total;
        }
      }
    }
    return to;
  };
  const { width, height } = image;
  const rows = pass(image.data, width, height, 3, 3 * width);
  const both = pass(rows, height, width, 3 * width, 3);
  return { width, height, data: Uint8Array.from(both, (value) => value + 0.5) };
}

function addNoise(image: RgbImage, sigma: number, random: SeededRandom): RgbImage {
  return {
    ...image,
    data: Uint8Array.from(image.data, (value) => clampByte(value + sigma * random.normal())),
  };
}

/** Under- or overexposes by up to three stops, clipping what leaves the range. */
function expose(image: RgbImage, level: number, random: SeededRandom): RgbImage {
  const stops = 3 * level * (random.next() < 0.5 ? -1 : 0.7);
  const table = Uint8Array.from({ length: 256 }, (_, value) =>
    clampByte(255 * ((value / 255) ** 2.2 * 2 ** stops) ** (1 / 2.2)),
  );
  return { ...image, data: image.data.map((value) => table[value]!) };
}

/**
 * Covers up to three fifths of the face with a bar or patch of one colour with slightly soft edges.
 */
function occlude(image: RgbImage, level: number, random: SeededRandom): RgbImage {
  const { width, height } = image;
  const data = image.data.slice();
  const share = 0.6 * level;
  const aspect = Math.exp(random.normal() * 0.5);
  const [boxWidth, boxHeight] = [
    Math.min(1, Math.sqrt(share * aspect)) * width,
    Math.min(1, Math.sqrt(share / aspect)) * height,
  ];
  const [centreX, centreY] = [
    width * (0.3 + 0.4 * random.next()),
    height * (0.3 + 0.45 * random.next()),
  ];
  const colour = [0, 1, 2].map(() => 30 + 180 * random.next());
  const soft = 0.02 * width + 0.5;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = Math.min(
        boxWidth / 2 - Math.abs(x - centreX),
        boxHeight / 2 - Math.abs(y - centreY),
      );
      const cover = Math.min(1, Math.max(0, 0.5 + inside / soft));
      for (let c = 0; c < 3; c++) {
        const at = 3 * (y * width + x) + c;
        data[at] = data[at]! * (1 - cover) + colour[c]! * cover + 0.5;
      }
    }
  }
  return { width, height, data };
}

function clampByte(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}
