/** Arithmetic on weights before they go up, in float64, results in float32. Pure: no tensors. */

/** PyTorch's default, which all these networks keep. */
export const BATCH_NORM_EPSILON = 1e-5;

/**
 * A BatchNorm in evaluation mode as a file has it; without weight and bias where it is not affine.
 * All [C].
 */
export interface BatchNormArrays {
  readonly weight: Float32Array | null;
  readonly bias: Float32Array | null;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** x · scale + shift, a channel each. */
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
 * A convolution and the BatchNorm after it as one: the filter from [out, in, h, w] to [h, w, in,
 * out], and a bias. Without a BatchNorm the bias is null, as these convolutions have none of their
 * own.
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
        filter[(place * ins + channel) * outs + out] = seen(weight[from++]! * factor);
    }
  }
  return { filter, bias: after && Float32Array.from(after.shift, seen) };
}

/**
 * The last BatchNorm2d, the Linear over channels-first features and the BatchNorm1d as one matrix
 * over channels-last ones: column c·h·w + place becomes row place·C + c.
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
        matrix[(place * channels + channel) * dimension + row] = seen(value * scale);
      }
    }
    folded[row] = seen(offset * factor + after.shift[row]!);
  }
  return { matrix, bias: folded };
}

/**
 * Weights smaller than this become zero. Weight decay leaves whole channels at 1e-30 and below,
 * whose products are denormal numbers, and many CPUs spend a hundred cycles on each; beside sums of
 * order one, float32 does not see them.
 */
const NEGLIGIBLE = 1e-12;
const seen = (value: number): number => (Math.abs(value) < NEGLIGIBLE ? 0 : value);
