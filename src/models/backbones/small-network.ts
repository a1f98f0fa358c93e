import type { Tensor, Tensor1D, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { seededRandom } from '../../core/seeded-random';
import type { BackboneOutput } from './backbone';
import type { NetworkOutline } from './network-outline';
import { disposeAll, toVariable } from '../heads/variables';
import {
  batchNorm,
  conv3x3,
  pointwise,
  prelu,
  spaceToDepth,
  type NormArrays,
} from './small-layers';

/** Dimensions of a small network. */
export interface SmallShape {
  readonly embeddingDim: number;
  /** Channels at 28 × 28, 14 × 14 and 7 × 7; the last are those of the conv feature. */
  readonly channels: readonly [number, number, number];
}

/** An array of a small network: its shape and its initial values. */
export interface SmallArray {
  readonly name: string;
  readonly shape: readonly number[];
  /** A constant for all elements, or the standard deviation of a normal distribution. */
  readonly start: number | { readonly deviation: number };
  /** False for BatchNorm's running statistics. */
  readonly isTrained: boolean;
}

/** Side, in pixels, of the squares that the stem turns into one place of its feature map. */
const STEM_SQUARE = 4;
/** Side of the conv feature. */
export const SMALL_FEATURE_SIDE = 7;

/** Lists every array of a network of that shape, in a fixed order, without allocating any. */
export function smallArrays({
  embeddingDim,
  channels: [first, second, third],
}: SmallShape): SmallArray[] {
  const pixels = 3 * STEM_SQUARE ** 2;
  return [
    weights('stem', [3, 3, pixels, first], 9 * pixels),
    ...norm('stem', first),
    slope('stem', first),
    ...stage('stage2', first, second),
    ...stage('stage3', second, third),
    weights('pool', [SMALL_FEATURE_SIDE ** 2, third], SMALL_FEATURE_SIDE ** 2),
    ...norm('pool', third),
    weights('embedding', [third, embeddingDim], third),
    ...norm('embedding', embeddingDim),
  ];
}

/** Its blocks: the stem, and two stages that halve the side. */
export function smallOutline({ channels }: SmallShape): NetworkOutline {
  const stages = channels.map((width, stage) => {
    const side = SMALL_FEATURE_SIDE * 2 ** (channels.length - 1 - stage);
    const isStem = stage === 0;
    return {
      shape: [side, side, width] as const,
      convolutions: isStem ? 1 : 3,
      units: isStem ? 0 : 1,
      operations: null,
    };
  });
  return { stages, tapStage: stages.length - 1, lastOperations: null };
}

/**
 * A small residual network for 112 × 112 crops, all of whose layers are trained:
 * - stem: 4 × 4 pixels become channels, then a 3 × 3 convolution (28 × 28);
 * - stages 2 and 3: each a 2 × 2 convolution of stride 2 and a residual block of two 3 × 3
 *   convolutions (14 × 14, 7 × 7);
 * - pooling: MobileFaceNet's global depthwise convolution;
 * - embedding: a fully connected layer.
 *
 * A BatchNorm follows each of them; a PReLU follows those before the pooling.
 */
export class SmallNetwork {
  /** Trainable arrays by name, in a fixed order. */
  readonly parameters: ReadonlyMap<string, Variable>;
  /** BatchNorm's running statistics, by name. */
  readonly buffers: ReadonlyMap<string, Variable>;

  /** Initialises the weights; the same seed gives the same weights on every backend. */
  constructor(
    readonly shape: SmallShape,
    seed: number,
  ) {
    const random = seededRandom(seed, 0x736d616c);
    const parameters = new Map<string, Variable>();
    const buffers = new Map<string, Variable>();
    for (const { name, shape: sides, start, isTrained } of smallArrays(shape)) {
      const size = sides.reduce((product, side) => product * side, 1);
      const values =
        typeof start === 'number'
          ? new Float32Array(size).fill(start)
          : Float32Array.from({ length: size }, () => start.deviation * random.normal());
      (isTrained ? parameters : buffers).set(name, toVariable(name, values, [...sides], isTrained));
    }
    this.parameters = parameters;
    this.buffers = buffers;
  }

  /** Number of trained parameters. */
  get parameterCount(): number {
    return [...this.parameters.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * @param pixels [B, 112, 112, 3], normalised
   * @param training true: BatchNorm uses the batch's statistics and updates the running ones;
   * false: it uses the running ones
   */
  forward(pixels: Tensor4D, training: boolean): BackboneOutput {
    const squares = spaceToDepth(pixels, STEM_SQUARE);
    let x = this.#active(conv3x3(squares, this.#at('stem.weight'), true), 'stem', training);
    for (const name of ['stage2', 'stage3']) {
      x = this.#active(
        pointwise(spaceToDepth(x, 2), this.#at(`${name}.down.weight`)),
        `${name}.down`,
        training,
      );
      const inner = this.#active(
        conv3x3(x, this.#at(`${name}.conv1.weight`)),
        `${name}.conv1`,
        training,
      );
      const residue = batchNorm(
        conv3x3(inner, this.#at(`${name}.conv2.weight`)),
        this.#norm(`${name}.conv2`),
        training,
      );
      x = prelu(tf.add(x, residue) as Tensor4D, this.#at(`${name}.conv2.slope`));
    }
    const [batch, height, width, channels] = x.shape;
    const places = tf.mul(
      tf.reshape(x, [batch, height * width, channels]),
      this.#at('pool.weight'),
    );
    const pooled = batchNorm(tf.sum(places, 1) as Tensor2D, this.#norm('pool'), training);
    const embedding = batchNorm(
      pointwise(pooled, this.#at<Tensor2D>('embedding.weight')),
      this.#norm('embedding'),
      training,
    );
    return { embedding, convFeature: x };
  }

  dispose(): void {
    disposeAll(this.parameters, this.buffers);
  }

  #active(x: Tensor4D, name: string, training: boolean): Tensor4D {
    return prelu(batchNorm(x, this.#norm(name), training), this.#at(`${name}.slope`));
  }

  #at<T extends Tensor = Tensor1D & Tensor2D & Tensor4D>(name: string): T {
    const parameter: Tensor = this.parameters.get(name)!;
    return parameter as T;
  }

  #norm(name: string): NormArrays {
    return {
      weight: this.parameters.get(`${name}.norm.weight`)!,
      bias: this.parameters.get(`${name}.norm.bias`)!,
      runningMean: this.buffers.get(`${name}.norm.runningMean`)!,
      runningVariance: this.buffers.get(`${name}.norm.runningVariance`)!,
    };
  }
}

/** He initialisation, for layers followed by a rectifier: variance 2/fanIn. */
function weights(name: string, shape: readonly number[], fanIn: number): SmallArray {
  return {
    name: `${name}.weight`,
    shape,
    start: { deviation: Math.sqrt(2 / fanIn) },
    isTrained: true,
  };
}

function norm(name: string, channels: number): SmallArray[] {
  const array = (field: string, start: number, isTrained: boolean): SmallArray => ({
    name: `${name}.norm.${field}`,
    shape: [channels],
    start,
    isTrained,
  });
  return [
    array('weight', 1, true),
    array('bias', 0, true),
    array('runningMean', 0, false),
    array('runningVariance', 1, false),
  ];
}

/** PReLU's slopes; 0.25 is PyTorch's default. */
function slope(name: string, channels: number): SmallArray {
  return { name: `${name}.slope`, shape: [channels], start: 0.25, isTrained: true };
}

function stage(name: string, from: number, to: number): SmallArray[] {
  return [
    weights(`${name}.down`, [4 * from, to], 4 * from),
    ...norm(`${name}.down`, to),
    slope(`${name}.down`, to),
    ...['conv1', 'conv2'].flatMap((conv) => [
      weights(`${name}.${conv}`, [3, 3, to, to], 9 * to),
      ...norm(`${name}.${conv}`, to),
      slope(`${name}.${conv}`, to),
    ]),
  ];
}
