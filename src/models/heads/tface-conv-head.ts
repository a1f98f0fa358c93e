import type { Tensor, Tensor1D, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { seededRandom } from '../../core/seeded-random';
import type { BackboneOutput } from '../backbones/backbone';
import { floorLogKappa, type ConfidenceHead, type HeadShape } from './confidence-head';
import { InputStandardisation } from './input-standardisation';
import {
  assignValues,
  disposeAll,
  linearParameters,
  toVariable,
  uniformVariable,
} from './variables';

const BN_EPSILON = 1e-5;
const BN_MOMENTUM = 0.1;

/**
 * TFace's `uncer_net_conv.py`: three unpadded 3×3 convolutions without bias (7→5→3→1): conv, ReLU,
 * conv, BN, ReLU, conv, BN, average pool; then Linear 512→256→128→1 with ReLUs between. 7,244,289
 * parameters at 512 channels.
 *
 * Each convolution gathers its nine shifted windows and does one matrix product, so that its
 * gradient consists of slices, pads and products: the wasm backend has no gradient of convolution
 * filters, and webgpu's is untiled.
 */
export class TfaceConvHead implements ConfidenceHead {
  readonly name = 'tface-conv';
  readonly convShape: HeadShape['convShape'];
  readonly outputSize = 1;
  readonly hasBatchStatistics = true;
  readonly inputSize: number;
  readonly parameters: ReadonlyMap<string, Variable>;
  readonly buffers: ReadonlyMap<string, Variable>;
  readonly standardisation: InputStandardisation;
  readonly lastBias: Variable;

  constructor(shape: HeadShape, seed: number) {
    const [height, width, channels] = shape.convShape;
    this.convShape = shape.convShape;
    this.inputSize = height * width * channels;
    // By channel, and without subtracting the mean: the first convolution has no bias.
    this.standardisation = new InputStandardisation({
      groups: [channels],
      places: height * width,
      squaredLength: this.inputSize,
      centres: false,
    });
    const random = seededRandom(seed, 0x68656164);
    const conv = (name: string): [string, Variable] => [
      name,
      uniformVariable(name, [9 * channels, channels], 9 * channels, random),
    ];
    const norm = (name: string): [string, Variable][] => [
      [
        `${name}.weight`,
        toVariable(`${name}.weight`, new Float32Array(channels).fill(1), [channels]),
      ],
      [`${name}.bias`, toVariable(`${name}.bias`, new Float32Array(channels), [channels])],
    ];
    const half = channels / 2;
    this.parameters = new Map([
      conv('conv1'),
      conv('conv2'),
      ...norm('bn2'),
      conv('conv3'),
      ...norm('bn3'),
      ...linearParameters('fc1', channels, half, random),
      ...linearParameters('fc2', half, half / 2, random),
      ...linearParameters('fc3', half / 2, 1, random),
    ]);
    const running = (name: string): [string, Variable][] => [
      [
        `${name}.runningMean`,
        toVariable(`${name}.runningMean`, new Float32Array(channels), [channels], false),
      ],
      [
        `${name}.runningVariance`,
        toVariable(
          `${name}.runningVariance`,
          new Float32Array(channels).fill(1),
          [channels],
          false,
        ),
      ],
    ];
    this.buffers = new Map([
      ...running('bn2'),
      ...running('bn3'),
      ...this.standardisation.variables,
    ]);
    this.lastBias = this.#at('fc3.bias');
    if (shape.initialLogKappa !== null)
      assignValues(this.lastBias, Float32Array.of(shape.initialLogKappa));
  }

  headInput({ convFeature }: BackboneOutput): Tensor2D {
    return tf.reshape(convFeature, [convFeature.shape[0], -1]);
  }

  logConcentration(input: Tensor, mask: Tensor1D, training: boolean): Tensor2D {
    return tf.tidy(() => {
      let x = tf.reshape(this.standardisation.apply(input), [-1, ...this.convShape]) as Tensor4D;
      x = tf.relu(this.#conv3x3(x, 'conv1'));
      x = tf.relu(this.#batchNorm(this.#conv3x3(x, 'conv2'), 'bn2', mask, training));
      x = this.#batchNorm(this.#conv3x3(x, 'conv3'), 'bn3', mask, training);
      let row = tf.mean(x, [1, 2]) as Tensor2D;
      row = tf.relu(this.#linear(row, 'fc1'));
      row = tf.relu(this.#linear(row, 'fc2'));
      return floorLogKappa(this.#linear(row, 'fc3'));
    });
  }

  dispose(): void {
    disposeAll(this.parameters, this.buffers);
  }

  /** Unpadded 3×3 convolution; weight rows run dy, dx, channel. */
  #conv3x3(x: Tensor4D, name: string): Tensor4D {
    const [batch, height, width, channels] = x.shape;
    const [outHeight, outWidth] = [height - 2, width - 2];
    const windows: Tensor4D[] = [];
    for (let dy = 0; dy < 3; dy++) {
      for (let dx = 0; dx < 3; dx++)
        windows.push(tf.slice(x, [0, dy, dx, 0], [batch, outHeight, outWidth, channels]));
    }
    const gathered = tf.reshape(tf.concat(windows, 3), [
      batch * outHeight * outWidth,
      9 * channels,
    ]);
    const product = tf.matMul(gathered, this.#at(name) as unknown as Tensor2D);
    return tf.reshape(product, [batch, outHeight, outWidth, -1]) as Tensor4D;
  }

  /** PyTorch's BatchNorm2d over the pictures that the mask keeps. */
  #batchNorm(x: Tensor4D, name: string, mask: Tensor1D, training: boolean): Tensor4D {
    const gamma = this.#at(`${name}.weight`);
    const beta = this.#at(`${name}.bias`);
    const runningMean = this.buffers.get(`${name}.runningMean`)!;
    const runningVariance = this.buffers.get(`${name}.runningVariance`)!;
    if (!training) {
      return tf.add(
        tf.mul(tf.div(tf.sub(x, runningMean), tf.sqrt(tf.add(runningVariance, BN_EPSILON))), gamma),
        beta,
      );
    }
    const kept = tf.reshape(mask, [-1, 1, 1, 1]);
    const count = tf.mul(tf.sum(mask), x.shape[1] * x.shape[2]);
    const mean = tf.div(tf.sum(tf.mul(x, kept), [0, 1, 2]), count);
    const centred = tf.sub(x, mean);
    const variance = tf.div(tf.sum(tf.mul(tf.square(centred), kept), [0, 1, 2]), count);
    // PyTorch keeps the unbiased variance. The divisor is at least one, for a batch of one
    // position.
    const unbiased = tf.mul(variance, tf.div(count, tf.maximum(tf.sub(count, 1), 1)));
    runningMean.assign(tf.add(tf.mul(runningMean, 1 - BN_MOMENTUM), tf.mul(mean, BN_MOMENTUM)));
    runningVariance.assign(
      tf.add(tf.mul(runningVariance, 1 - BN_MOMENTUM), tf.mul(unbiased, BN_MOMENTUM)),
    );
    return tf.add(tf.mul(tf.div(centred, tf.sqrt(tf.add(variance, BN_EPSILON))), gamma), beta);
  }

  #linear(x: Tensor2D, name: string): Tensor2D {
    return tf.add(
      tf.matMul(x, this.#at(`${name}.weight`) as unknown as Tensor2D),
      this.#at(`${name}.bias`),
    );
  }

  #at(name: string): Variable {
    return this.parameters.get(name)!;
  }
}
