import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/seeded-random';
import { foldConvolution, foldLinear, scaleShift, type BatchNormArrays } from './ir-folding';

const random = seededRandom(11);
const values = (length: number) => Float32Array.from({ length }, () => random.normal());
const norm = (channels: number): BatchNormArrays => ({
  weight: values(channels),
  bias: values(channels),
  mean: values(channels),
  variance: values(channels).map((value) => value * value),
});
const normalised = (x: number, c: number, { weight, bias, mean, variance }: BatchNormArrays) =>
  ((x - mean[c]!) / Math.sqrt(variance[c]! + 1e-5)) * (weight?.[c] ?? 1) + (bias?.[c] ?? 0);

describe('folding', () => {
  it('turns a BatchNorm into scale and shift, with weight and bias or without', () => {
    for (const arrays of [norm(5), { ...norm(5), weight: null, bias: null }]) {
      const { scale, shift } = scaleShift(arrays);
      for (let c = 0; c < 5; c++)
        expect(1.7 * scale[c]! + shift[c]!).toBeCloseTo(normalised(1.7, c, arrays), 9);
    }
  });

  it('folds a BatchNorm into the convolution before it, output channels last', () => {
    const [outs, ins, height, width] = [3, 2, 2, 4] as const;
    const [weight, after] = [values(outs * ins * height * width), norm(outs)];
    const { filter, bias } = foldConvolution(weight, [outs, ins, height, width], scaleShift(after));
    const window = values(ins * height * width);
    for (let out = 0; out < outs; out++) {
      let [plain, folded] = [0, bias![out]!];
      for (let c = 0; c < ins; c++) {
        for (let place = 0; place < height * width; place++) {
          const x = window[c * height * width + place]!;
          plain += x * weight[(out * ins + c) * height * width + place]!;
          folded += x * filter[(place * ins + c) * outs + out]!;
        }
      }
      const expected = normalised(plain, out, after);
      expect(Math.abs(folded - expected)).toBeLessThan(1e-5 * (1 + Math.abs(expected)));
    }
    expect(foldConvolution(weight, [outs, ins, height, width], null).bias).toBeNull();
  });

  it('folds both BatchNorms into the Linear between them, its columns in NHWC order', () => {
    const [dimension, channels, area] = [4, 3, 6];
    const [weight, linearBias, before, after] = [
      values(dimension * channels * area),
      values(dimension),
      norm(channels),
      norm(dimension),
    ];
    const { matrix, bias } = foldLinear(weight, linearBias, scaleShift(before), scaleShift(after));
    const body = values(channels * area);
    for (let row = 0; row < dimension; row++) {
      let [plain, folded] = [linearBias[row]!, bias[row]!];
      for (let c = 0; c < channels; c++) {
        for (let place = 0; place < area; place++) {
          const x = body[c * area + place]!;
          plain += weight[row * channels * area + c * area + place]! * normalised(x, c, before);
          folded += matrix[(place * channels + c) * dimension + row]! * x;
        }
      }
      const expected = normalised(plain, row, after);
      expect(Math.abs(folded - expected)).toBeLessThan(1e-4 * (1 + Math.abs(expected)));
    }
  });

  it('sets weights to zero that are too small to change a float32 sum', () => {
    const { filter, bias } = foldConvolution(Float32Array.of(1e-20, 0.5), [2, 1, 1, 1], {
      scale: Float64Array.of(1, 1),
      shift: Float64Array.of(1e-30, -1e-11),
    });
    expect([...filter]).toEqual([0, 0.5]);
    expect([...bias!]).toEqual([0, Math.fround(-1e-11)]);
  });
});
