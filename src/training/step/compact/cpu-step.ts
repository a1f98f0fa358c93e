import { lossAndGradient } from '../../../confidence/vmf';
import { DENSE_BLOCK, denseKernels, type DenseKernels } from '../../../engine/kernels/dense-wasm';
import { NORM_EPSILON, type FlatAdamStep } from '../../../engine/kernels/flat-adam';
import {
  compactLayout,
  type CompactArray,
  type CompactLayout,
} from '../../../models/heads/compact-head';
import { LOG_KAPPA_FLOOR } from '../../../models/heads/confidence-head';
import { assignValues } from '../../../models/heads/variables';
import type { HeadBatch, InFlightStep, StepOutcome } from '../head-batch';
import type { ObjectiveSettings } from '../../objectives/objective';
import { STATE_GROUPS, type CompactState, type StateVariables } from './compact-state';

/** A batch in the CPU's memory. */
interface HostBatch {
  /** [rows × depth] */
  readonly input: Float32Array;
  readonly cosTheta: Float32Array;
  /** 1 for a picture, 0 for padding. */
  readonly mask: Float32Array;
  /** Pictures that the mask keeps. */
  readonly count: number;
}

/** Bytes of a page of WebAssembly memory. */
const PAGE_BYTES = 65536;
const FLOAT_BYTES = 4;
/** Floats of a SIMD register. */
const REGISTER = 4;
/** A clip that clips nothing. */
const NO_CLIP = 3e38;

const roundUp = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;

/**
 * The compact head and its optimiser on the CPU, in one WebAssembly memory: the two large products
 * and Adam in SIMD, loops over pictures or hidden units in this file, the loss in float64. tfjs's
 * wasm backend takes four times as long: it packs the weights anew for each product, and has only a
 * plain loop for the transposed one.
 *
 * The memory holds, in floats: parameters, m, v and gradient, each {@link #size}; then the batch:
 * input [rows, stride], hidden units [rows, columns] and the loss's slope through them [rows,
 * columns].
 */
export class CpuCompactHead implements CompactState {
  readonly #memory: WebAssembly.Memory;
  readonly #kernels: DenseKernels;
  /** With rows of zeros that fill up the last block of W. */
  readonly #layout: CompactLayout;
  /** Floats of an input row. */
  readonly #depth: number;
  /** Floats of an input row in the memory, where zeros fill up its last block. */
  readonly #stride: number;
  /** Hidden units, a multiple of 8. */
  readonly #columns: number;
  /** Floats of a layout, with zeros that fill up its last register. */
  readonly #size: number;
  /** Rows that the memory has space for. */
  #rows = 0;

  constructor({ hiddenWeight, hiddenBias }: CompactLayout) {
    this.#depth = hiddenWeight.shape[0]!;
    this.#columns = hiddenBias.size;
    this.#stride = roundUp(this.#depth, DENSE_BLOCK);
    this.#layout = compactLayout(this.#depth, this.#columns, this.#stride);
    this.#size = roundUp(this.#layout.size, REGISTER);
    const bytes = 4 * FLOAT_BYTES * this.#size;
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });
    this.#kernels = denseKernels(this.#memory, this.#stride, this.#columns);
  }

  async load(variables: StateVariables): Promise<void> {
    const groups = await Promise.all(
      STATE_GROUPS.map((group) => Promise.all(variables[group].map((array) => array.data()))),
    );
    groups.forEach((arrays, group) =>
      arrays.forEach((values, at) => this.#array(group, this.#layout.arrays[at]!).set(values)),
    );
  }

  store(variables: StateVariables): void {
    STATE_GROUPS.forEach((name, group) =>
      variables[name].forEach((variable, at) =>
        assignValues(variable, this.#array(group, this.#layout.arrays[at]!)),
      ),
    );
  }

  async step(
    batch: HeadBatch,
    adam: FlatAdamStep,
    objective: ObjectiveSettings,
  ): Promise<InFlightStep> {
    const [input, cosTheta, mask] = (await Promise.all([
      batch.input.data(),
      batch.cosTheta.data(),
      batch.mask.data(),
    ])) as [Float32Array, Float32Array, Float32Array];
    const outcome = this.#step({ input, cosTheta, mask, count: batch.count }, adam, objective);
    return { tensors: [], read: () => outcome };
  }

  /** The memory goes with the object. */
  dispose(): void {}

  #step(batch: HostBatch, adam: FlatAdamStep, objective: ObjectiveSettings): StepOutcome {
    const stride = this.#stride;
    const { hiddenWeight, hiddenBias } = this.#layout;
    this.#growFor(batch.mask.length);
    const rows = this.#rows;
    const [gradientAt, inputAt] = [3 * this.#size, 4 * this.#size];
    const hiddenAt = inputAt + rows * stride;
    const throughAt = hiddenAt + rows * this.#columns;

    this.#packInput(batch, inputAt);
    this.#kernels.denseRelu(
      FLOAT_BYTES * inputAt,
      FLOAT_BYTES * hiddenWeight.offset,
      FLOAT_BYTES * hiddenBias.offset,
      FLOAT_BYTES * hiddenAt,
      rows,
    );
    const gradient = this.#floats(gradientAt, this.#size);
    const outcome = this.#lossOfRows(batch, objective, {
      hidden: this.#floats(hiddenAt, rows * this.#columns),
      through: this.#floats(throughAt, rows * this.#columns).fill(0),
      gradient,
    });
    this.#kernels.weightGradient(
      FLOAT_BYTES * inputAt,
      FLOAT_BYTES * throughAt,
      FLOAT_BYTES * (gradientAt + hiddenWeight.offset),
      rows,
    );
    this.#update(gradient, gradientAt, adam);
    return outcome;
  }

  #packInput({ input, mask }: HostBatch, inputAt: number): void {
    const [depth, stride] = [this.#depth, this.#stride];
    const packed = this.#floats(inputAt, mask.length * stride);
    for (let row = 0; row < mask.length; row++)
      packed.set(input.subarray(row * depth, (row + 1) * depth), row * stride);
  }

  /**
   * The last layer and the loss, picture by picture. Writes the slope through the hidden units to
   * `through`, and the gradient of b, w and the last bias to `gradient`.
   */
  #lossOfRows(
    { cosTheta, mask, count }: HostBatch,
    { mode, dimension, radius }: ObjectiveSettings,
    { hidden, through, gradient }: Record<'hidden' | 'through' | 'gradient', Float32Array>,
  ): StepOutcome {
    const columns = this.#columns;
    const { hiddenBias, outWeight, outBias } = this.#layout;
    const last = this.#array(0, outWeight);
    const bias = this.#array(0, outBias)[0]!;
    // Sums in float64.
    const hiddenBiasGradient = new Float64Array(columns);
    const outWeightGradient = new Float64Array(columns);
    let outBiasGradient = 0;
    const kappas = new Float32Array(count);
    const keptCosines = new Float32Array(count);
    let loss = 0;
    let picture = 0;
    for (let row = 0; row < mask.length; row++) {
      if (mask[row] !== 1) continue;
      const at = row * columns;
      let above = bias - LOG_KAPPA_FLOOR;
      for (let j = 0; j < columns; j++) above += hidden[at + j]! * last[j]!;
      const kappa = Math.exp(
        Math.max(above, 0) + Math.log1p(Math.exp(-Math.abs(above))) + LOG_KAPPA_FLOOR,
      );
      kappas[picture] = kappa;
      keptCosines[picture] = cosTheta[row]!;
      picture++;
      if (!Number.isFinite(kappa)) {
        loss = NaN;
        continue;
      }
      const atRow = lossAndGradient(mode, dimension, radius, kappa, cosTheta[row]!);
      loss += atRow.loss / count;
      // As in `floorLogKappa`, the floor passes the gradient on.
      const slope = atRow.gradient / count;
      for (let j = 0; j < columns; j++) {
        const active = hidden[at + j]!;
        if (active === 0) continue;
        const share = slope * last[j]!;
        through[at + j] = share;
        hiddenBiasGradient[j]! += share;
        outWeightGradient[j]! += slope * active;
      }
      outBiasGradient += slope;
    }
    gradient.set(hiddenBiasGradient, hiddenBias.offset);
    gradient.set(outWeightGradient, outWeight.offset);
    gradient[outBias.offset] = outBiasGradient;
    return { loss, kappa: kappas, cosTheta: keptCosines };
  }

  #update(gradient: Float32Array, gradientAt: number, adam: FlatAdamStep): void {
    const { clip, maxNorm, decay, beta1, beta2, scale, epsilon } = adam;
    const bound = clip > 0 ? clip : NO_CLIP;
    let gain = 1;
    if (maxNorm > 0) gain = Math.min(1, maxNorm / (clippedNorm(gradient, bound) + NORM_EPSILON));
    const groupBytes = FLOAT_BYTES * this.#size;
    this.#kernels.adam(
      0,
      groupBytes,
      2 * groupBytes,
      FLOAT_BYTES * gradientAt,
      groupBytes,
      bound,
      gain,
      decay,
      beta1,
      beta2,
      scale,
      epsilon,
    );
  }

  /** A view of one array of a group; valid until the memory grows, which a step may do. */
  #array(group: number, { offset, size }: CompactArray): Float32Array {
    return this.#floats(group * this.#size + offset, size);
  }

  #floats(offset: number, size: number): Float32Array {
    return new Float32Array(this.#memory.buffer, FLOAT_BYTES * offset, size);
  }

  /** Grows the memory until it has space for a batch of this many rows. */
  #growFor(batchRows: number): void {
    if (batchRows <= this.#rows) return;
    this.#rows = roundUp(batchRows, DENSE_BLOCK);
    const floats = 4 * this.#size + this.#rows * (this.#stride + 2 * this.#columns);
    const missingBytes = FLOAT_BYTES * floats - this.#memory.buffer.byteLength;
    if (missingBytes > 0) this.#memory.grow(Math.ceil(missingBytes / PAGE_BYTES));
    this.#floats(4 * this.#size, this.#rows * this.#stride).fill(0);
  }
}

/** The L2 norm of a gradient whose elements are clipped to ± `bound`. */
function clippedNorm(gradient: Float32Array, bound: number): number {
  let sum = 0;
  for (const value of gradient) sum += Math.min(bound, Math.max(-bound, value)) ** 2;
  return Math.sqrt(sum);
}
