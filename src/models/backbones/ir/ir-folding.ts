/*
 * Folds BatchNorms into neighbouring layers before the weights are uploaded: in float64, results in
 * float32. Pure functions without tensors.
 */

/** PyTorch's default, which all these networks use. */
export const BATCH_NORM_EPSILON = 1e-5;

/** A BatchNorm's arrays as stored in a file, [C] each. Weight and bias are null if not affine. */
export interface BatchNormArrays {
  readonly weight: Float32Array | null;
  readonly bias: Float32Array | null;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** x · scale + shift for each channel, [C] each. */
export interface ScaleShift {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

export function scaleShift({ weight, bias, mean, variance }: BatchNormArrays): ScaleShift {
  const scale = Float64Array.from(
    variance,
    (value, c) => (weight?.[c] ?? 1) / Math.sqrt(value + BATCH_NORM_EPSILON),
  );
  return { scale, shift: scale.map((factor, c) => (bias?.[c] ?? 0) - mean[c]! * factor) };
}

/**
 * Folds a BatchNorm into the convolution before it.
 * @param weight [out, in, h, w]
 * @param after the BatchNorm; null if there is none
 * @returns filter [h, w, in, out] and bias [out]; the bias is null without a BatchNorm, since these
 * convolutions have none of their own
 */
export function foldConvolution(
  weight: Float32Array,
  [outs, ins, height, width]: readonly [number, number, number, number],
  after: ScaleShift | null,
): { filter: Float32Array; bias: Float32Array | null } {
  const filter = new Float32Array(weight.length);
  const area = height * width;
  let from = 0;
  for (let out = 0; out < outs; out++) {
    const factor = after ? after.scale[out]! : 1;
    for (let channel = 0; channel < ins; channel++) {
      for (let place = 0; place < area; place++)
        filter[(place * ins + channel) * outs + out] = flushed(weight[from++]! * factor);
    }
  }
  return { filter, bias: after && Float32Array.from(after.shift, flushed) };
}

/**
 * Folds the last BatchNorm2d (`before`), the Linear and the BatchNorm1d (`after`) into one matrix.
 * The Linear takes channels-first features, the matrix channels-last ones: column c·area + place
 * becomes row place·C + c.
 * @param weight [d, C·area]
 * @returns matrix [area·C, d] and bias [d]
 */
export function foldLinear(
  weight: Float32Array,
  bias: Float32Array,
  before: ScaleShift,
  after: ScaleShift,
): { matrix: Float32Array; bias: Float32Array } {
  const [dimension, channels] = [bias.length, before.scale.length];
  const area = weight.length / (dimension * channels);
  const matrix = new Float32Array(weight.length);
  const folded = new Float32Array(dimension);
  let from = 0;
  for (let row = 0; row < dimension; row++) {
    const factor = after.scale[row]!;
    let offset = bias[row]!;
    for (let channel = 0; channel < channels; channel++) {
      const [scale, shift] = [before.scale[channel]! * factor, before.shift[channel]!];
      for (let place = 0; place < area; place++) {
        const value = weight[from++]!;
        offset += value * shift;
        matrix[(place * channels + channel) * dimension + row] = flushed(value * scale);
      }
    }
    folded[row] = flushed(offset * factor + after.shift[row]!);
  }
  return { matrix, bias: folded };
}

/**
 * Weights smaller than this become zero. Weight decay leaves whole channels at 1e-30 and below,
 * whose products are denormal numbers, which cost many CPUs a hundred cycles each. In float32 they
 * don't change sums of order one.
 */
const MIN_MAGNITUDE = 1e-12;
const flushed = (value: number): number => (Math.abs(value) < MIN_MAGNITUDE ? 0 : value);
