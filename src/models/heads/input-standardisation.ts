import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { assignValues, toVariable } from './variables';

/** How a head's input is laid out, as far as standardising it goes. */
export interface InputLayout {
  /**
   * Sizes of the groups that the inputs fall into, one group after the other; inputs of one group
   * have one unit of measure. Their sum is the number of inputs with statistics of their own.
   */
  readonly groups: readonly number[];
  /** How often a row holds those inputs, one place after the other. */
  readonly places: number;
  /**
   * Expected squared length of a standardised row. Each group has the same share of it, so that one
   * number which says much isn't drowned by a thousand that say little.
   */
  readonly squaredLength: number;
  /** Whether the mean is taken off: a convolution without a bias couldn't take it up on export. */
  readonly centres: boolean;
}

/** Mean and variance of each input over `count` pictures (or places of pictures). */
export interface InputStatistics {
  readonly count: number;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/**
 * No variance is taken to be less than this share of the median variance of its group: an input
 * that hardly varies among the training pictures may do so in others.
 */
const MIN_VARIANCE = 0.01;

/** Begins the name of what is kept of the standardisation in a head's file. */
export const INPUT = 'input.';

/**
 * Whether a file may be without an array of a head's: it was written before inputs were
 * standardised.
 */
export const isOptional = (name: string, file: { has(name: string): boolean }): boolean =>
  name.startsWith(INPUT) && !file.has(`${INPUT}count`);

/**
 * Brings a head's input to one scale, whatever backbone it comes from: (x − mean) · scale of each
 * input, with the scale 1/σ times what gives a whole row the squared length of the layout. So a
 * learning rate means the same on every backbone. Until it has statistics it leaves the input as it
 * is; so do heads of other programs, and those from before there was a standardisation.
 */
export class InputStandardisation {
  /**
   * `input.mean`, `input.variance`, `input.scale` [inputs] and `input.count` [1]; kept with the head.
   */
  readonly variables: ReadonlyMap<string, Variable>;
  readonly #mean: Variable;
  readonly #variance: Variable;
  readonly #scale: Variable;
  readonly #count: Variable;

  constructor(readonly layout: InputLayout) {
    const size = layout.groups.reduce((sum, group) => sum + group, 0);
    const filled = (name: string, length: number, value: number) =>
      toVariable(INPUT + name, new Float32Array(length).fill(value), [length], false);
    this.#mean = filled('mean', size, 0);
    this.#variance = filled('variance', size, 0);
    this.#scale = filled('scale', size, 1);
    this.#count = filled('count', 1, 0);
    this.variables = new Map([
      [`${INPUT}mean`, this.#mean],
      [`${INPUT}variance`, this.#variance],
      [`${INPUT}scale`, this.#scale],
      [`${INPUT}count`, this.#count],
    ]);
  }

  /** [B, inputSize] on one scale. */
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
   * Pictures (or places of pictures) that its statistics are of; 0 where it leaves the input as it
   * is.
   */
  get count(): number {
    // No kernel reads it, so that it never leaves the CPU.
    return this.#count.dataSync()[0]!;
  }

  /** The statistics that it goes by; null where it has none. */
  async statistics(): Promise<InputStatistics | null> {
    if (this.count === 0) return null;
    const [mean, variance] = await Promise.all([this.#mean.data(), this.#variance.data()]);
    return {
      count: this.count,
      mean: Float64Array.from(mean),
      variance: Float64Array.from(variance),
    };
  }

  /** Goes by these statistics from now on. */
  set({ count, mean, variance }: InputStatistics): void {
    assignValues(this.#count, Float32Array.of(count));
    assignValues(this.#mean, Float32Array.from(mean));
    assignValues(this.#variance, Float32Array.from(variance));
    assignValues(this.#scale, scaleOf(variance, this.layout));
  }

  /**
   * What `apply` subtracts from each input and multiplies it by: a first layer takes it up on
   * export.
   */
  async values(): Promise<{ readonly shift: Float32Array; readonly scale: Float32Array }> {
    const [mean, scale] = (await Promise.all([this.#mean.data(), this.#scale.data()])) as [
      Float32Array,
      Float32Array,
    ];
    return { shift: this.layout.centres ? mean : new Float32Array(mean.length), scale };
  }
}

/** 1/σ of each input, times what gives each group its share of the squared length. */
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
      const taken = group[i]! + MIN_VARIANCE * median;
      // Inputs that never vary say nothing, and are not blown up.
      scale[start + i] = taken > 0 ? length / Math.sqrt(taken) : 1;
    }
    start += size;
  }
  return scale;
}

/**
 * Statistics of further rows joined to those of before.
 * @param before null where these rows are the first
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
  // Chan, Golub and LeVeque: two sets' moments make those of both.
  const total = before.count + count;
  const share = count / total;
  for (let i = 0; i < size; i++) {
    const apart = mean[i]! - before.mean[i]!;
    const within = (1 - share) * before.variance[i]! + share * variance[i]!;
    variance[i] = within + share * (1 - share) * apart ** 2;
    mean[i] = before.mean[i]! + share * apart;
  }
  return { count: total, mean, variance };
}
