import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { BATCH_NORM_EPSILON } from './ir-folding';

/** A convolution, with the BatchNorm after it folded in. */
export interface ConvolutionWeights {
  /** [h, w, in, out]. */
  readonly filter: Tensor4D;
  readonly bias: Tensor1D | undefined;
  /** PReLU's slope for each channel; undefined: no activation. */
  readonly slope: Tensor1D | undefined;
  readonly stride: 1 | 2;
}

/** A BatchNorm that is not folded. [C] each. */
export interface NormWeights {
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
  readonly scale: Tensor1D;
  readonly offset: Tensor1D;
}

export interface UnitWeights {
  /**
   * Can't be folded into the convolution after it. That one pads this norm's output with zeros, but
   * a folded bias would act as if the norm's input were padded: wrong along the edges.
   */
  readonly norm: NormWeights;
  readonly conv1: ConvolutionWeights;
  readonly conv2: ConvolutionWeights;
  /** Squeeze and excitation: [c, c/16] and [c/16, c]. */
  readonly squeeze: { readonly reduce: Tensor2D; readonly expand: Tensor2D } | null;
  readonly shortcut: ConvolutionWeights | null;
}

/** An IR network on the current backend. */
export interface IrWeights {
  readonly stem: ConvolutionWeights;
  readonly units: readonly UnitWeights[];
  /** The last BatchNorm2d; null unless it is the conv feature. It is folded into `linear` too. */
  readonly norm: NormWeights | null;
  /** Takes the raw body output, flattened from NHWC. */
  readonly linear: { readonly matrix: Tensor2D; readonly bias: Tensor1D };
}

/**
 * Runs the network on pictures [B, 112, 112, 3]. The conv feature is the output of the last
 * BatchNorm2d if `norm` is given, otherwise the raw body output.
 */
export function runIr(
  pictures: Tensor4D,
  { stem, units, norm, linear }: IrWeights,
): { embedding: Tensor2D; convFeature: Tensor4D } {
  return tf.tidy(() => {
    let body = convolve(pictures, stem);
    for (const unit of units) {
      const before = body;
      body = tf.tidy(() => runUnit(before, unit));
      before.dispose();
    }
    const embedding = tf.add(
      tf.matMul(tf.reshape(body, [body.shape[0], -1]), linear.matrix),
      linear.bias,
    ) as Tensor2D;
    return { embedding, convFeature: norm ? normalise(body, norm) : body };
  });
}

function runUnit(
  input: Tensor4D,
  { norm, conv1, conv2, squeeze, shortcut }: UnitWeights,
): Tensor4D {
  const residual = convolve(convolve(normalise(input, norm), conv1), conv2);
  const weighted = squeeze ? tf.mul(residual, channelWeights(residual, squeeze)) : residual;
  return tf.add(weighted, shortcut ? convolve(input, shortcut) : subsampled(input, conv2.stride));
}

function convolve(x: Tensor4D, { filter, bias, slope, stride }: ConvolutionWeights): Tensor4D {
  const pad = filter.shape[0] >> 1;
  return tf.fused.conv2d({
    x,
    filter,
    strides: stride,
    pad,
    bias,
    activation: slope ? 'prelu' : 'linear',
    preluActivationWeights: slope,
  });
}

function normalise(x: Tensor4D, { mean, variance, offset, scale }: NormWeights): Tensor4D {
  return tf.batchNorm(x, mean, variance, offset, scale, BATCH_NORM_EPSILON) as Tensor4D;
}

/** Squeeze and excitation: the factor of each channel of each picture, [B, 1, 1, C]. */
function channelWeights(
  x: Tensor4D,
  { reduce, expand }: { reduce: Tensor2D; expand: Tensor2D },
): Tensor {
  const [batch, , , channels] = x.shape;
  const factors = tf.sigmoid(
    tf.matMul(tf.relu(tf.matMul(tf.mean(x, [1, 2]) as Tensor2D, reduce)), expand),
  );
  return tf.reshape(factors, [batch, 1, 1, channels]);
}

/**
 * Every second row and column for stride 2: MaxPool(1, 2). A strided slice, because the wasm
 * backend's library refuses to pool over 1 × 1.
 */
function subsampled(x: Tensor4D, stride: 1 | 2): Tensor4D {
  if (stride === 1) return x;
  return tf.stridedSlice(x, [0, 0, 0, 0], x.shape, [1, stride, stride, 1]) as Tensor4D;
}
