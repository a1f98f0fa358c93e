import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { assignValues, toVariable } from './variables';

/** The layout of a head's input, as far as standardising needs it. */
export interface InputLayout {
  /**
   * Sizes of the groups of inputs, in order; inputs of one group have the same unit of measure.
   * Their sum is the number of inputs with statistics of their own.
   */
  readonly groups: readonly number[];
  /** How often a row holds those inputs: once for each place. */
  readonly places: number;
  /**
   * Expected squared length of a standardised row. Each group has the same share of it, so that one
   * informative number isn't outweighed by a thousand others.
   */
  readonly squaredLength: number;
  /** Whether the mean is subtracted; a convolution without a bias couldn't absorb it on export. */
  readonly centres: boolean;
}

/** Mean and variance of each input over `count` pictures (or places of pictures). */
export interface InputStatistics {
  readonly count: number;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/**
 * Share of a group's median variance that is added to each variance: an input that hardly varies
 * among the training pictures may vary in others.
 */
const VARIANCE_FLOOR = 0.01;

/** Prefix of the standardisation's arrays in a head's file. */
export const INPUT_PREFIX = 'input.';

/**
 * Whether a file may lack this array: it was written before inputs were standardised.
 */
export const isOptionalArray = (name: string, file: { has(name: string): boolean }): boolean =>
  name.startsWith(INPUT_PREFIX) && !file.has(`${INPUT_PREFIX}count`);

/**
 * Scales a head's input alike for every backbone: (x − mean) · scale of each input, where the scale
 * is 1/σ times a factor that gives a row the layout's squared length. So a learning rate means the
 * same on every backbone. Without statistics it leaves the input unchanged; heads of other programs
 * and heads from before the standardisation have none.
 */
export class InputStandardisation {
  /**
   * `input.mean`, `input.variance`, `input.scale` [inputs] and `input.count` [1]; saved with the
   * head.
   */
  readonly variables: ReadonlyMap<string, Variable>;
  readonly #mean: Variable;
  readonly #variance: Variable;
  readonly #scale: Variable;
  readonly #count: Variable;

  constructor(readonly layout: InputLayout) {
    const size = layout.groups.reduce((sum, group) => sum + group, 0);
    const filled = (name: string, length: number, value: number) =>
      toVariable(INPUT_PREFIX + name, new Float32Array(length).fill(value), [length], false);
    this.#mean = filled('mean', size, 0);
    this.#variance = filled('variance', size, 0);
    this.#scale = filled('scale', size, 1);
    this.#count = filled('count', 1, 0);
    this.variables = new Map([
      [`${INPUT_PREFIX}mean`, this.#mean],
      [`${INPUT_PREFIX}variance`, this.#variance],
      [`${INPUT_PREFIX}scale`, this.#scale],
      [`${INPUT_PREFIX}count`, this.#count],
    ]);
  }

  /** Standardises rows [B, inputSize]. */
  apply(input: Tensor): Tensor2D {
    const { places, centres } = this.layout;
    return tf.tidy(() => {
      const rows = places === 1 ? input : tf.reshape(input, [-1, this.#mean.size]);
      const centred = centres ? tf.sub(rows, this.#mean) : rows;
      const scaled = tf.mul(centred, this.#scale);
      return tf.reshape(scaled, input.shape as [number, number]);
    });
  }

  /**
   * Pictures (or places of pictures) in its statistics; 0 if it has none and leaves the input
   * unchanged.
   */
  get count(): number {
    // No kernel reads it, so that it never leaves the CPU.
    return this.#count.dataSync()[0]!;
  }

  /** The statistics in use; null if there are none. */
  async statistics(): Promise<InputStatistics | null> {
    if (this.count === 0) return null;
    const [mean, variance] = await Promise.all([this.#mean.data(), this.#variance.data()]);
    return {
      count: this.count,
      mean: Float64Array.from(mean),
      variance: Float64Array.from(variance),
    };
  }

  /** Uses these statistics from now on. */
  set({ count, mean, variance }: InputStatistics): void {
    assignValues(this.#count, Float32Array.of(count));
    assignValues(this.#mean, Float32Array.from(mean));
    assignValues(this.#variance, Float32Array.from(variance));
    assignValues(this.#scale, scaleOf(variance, this.layout));
  }

  /**
   * What `apply` subtracts from each input and multiplies it by. On export the first layer absorbs
   * them.
   */
  async values(): Promise<{ readonly shift: Float32Array; readonly scale: Float32Array }> {
    const [mean, scale] = (await Promise.all([this.#mean.data(), this.#scale.data()])) as [
      Float32Array,
      Float32Array,
    ];
    return { shift: this.layout.centres ? mean : new Float32Array(mean.length), scale };
  }
}

/** 1/σ of each input, times a factor that gives each group its share of the squared length. */
function scaleOf(
  variance: Float64Array,
  { groups, places, squaredLength }: InputLayout,
): Float32Array {
  const scale = new Float32Array(variance.length);
  let start = 0;
  for (const size of groups) {
    const length = Math.sqrt(squaredLength / (groups.length * size * places));
    const group = variance.subarray(start, start + size);
    const median = [...group].sort((a, b) => a - b)[size >> 1]!;
    for (let i = 0; i < size; i++) {
      const floored = group[i]! + VARIANCE_FLOOR * median;
      // Inputs that never vary carry no information and are not amplified.
      scale[start + i] = floored > 0 ? length / Math.sqrt(floored) : 1;
    }
    start += size;
  }
  return scale;
}

/**
 * Joins the statistics of further rows to earlier ones.
 * @param before null if these rows are the first
 * @param rows [n × inputSize], as the head's `headInput` gives them
 */
export function joinedStatistics(
  before: InputStatistics | null,
  rows: Float32Array,
  { groups }: InputLayout,
): InputStatistics | null {
  const size = groups.reduce((sum, group) => sum + group, 0);
  const count = rows.length / size;
  if (count === 0) return before;
  const mean = new Float64Array(size);
  const variance = new Float64Array(size);
  for (let at = 0; at < rows.length; at++) mean[at % size]! += rows[at]! / count;
  for (let at = 0; at < rows.length; at++) {
    variance[at % size]! += (rows[at]! - mean[at % size]!) ** 2 / count;
  }
  if (!before) return { count, mean, variance };
  // Chan, Golub and LeVeque: the moments of two sets give those of their union.
  const total = before.count + count;
  const share = count / total;
  for (let i = 0; i < size; i++) {
    const difference = mean[i]! - before.mean[i]!;
    const within = (1 - share) * before.variance[i]! + share * variance[i]!;
    variance[i] = within + share * (1 - share) * difference ** 2;
    mean[i] = before.mean[i]! + share * difference;
  }
  return { count: total, mean, variance };
}
