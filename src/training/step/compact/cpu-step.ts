import { lossAndGradient } from '../../../confidence/vmf';
import { DENSE_BLOCK, denseKernels, type DenseKernels } from '../../../engine/kernels/dense-wasm';
import type { FlatAdamStep } from '../../../engine/kernels/flat-adam';
import { LOG_KAPPA_FLOOR } from '../../../models/heads/confidence-head';
import type { StepOutcome } from '../head-batch';
import type { ObjectiveSettings } from '../../objectives/objective';

/** A batch in the CPU's memory. */
export interface HostBatch {
  /** [rows × depth] */
  readonly input: Float32Array;
  readonly cosTheta: Float32Array;
  /** 1 for a picture, 0 for padding. */
  readonly mask: Float32Array;
  readonly count: number;
}

const PAGE = 65536;
const upTo = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;

/**
 * The compact head and its optimiser where they are trained on the CPU: all in one WebAssembly
 * memory, the two large products and Adam in SIMD, everything that is a picture or a hidden unit
 * long here, the loss in float64. tfjs's wasm backend takes four times as long: it packs the
 * weights anew for each product, and has only a plain loop for the transposed one.
 */
export class CpuCompactHead {
  readonly #memory: WebAssembly.Memory;
  readonly #kernels: DenseKernels;
  /** Depth with the zeros that fill up its last block. */
  readonly #stride: number;
  /** Floats of W, b, w and the last bias, with zeros up to a whole register. */
  readonly #size: number;
  #rows = 0;

  /** @param depth floats of an input row @param columns hidden units, a multiple of 8 */
  constructor(
    readonly depth: number,
    readonly columns: number,
  ) {
    this.#stride = upTo(depth, DENSE_BLOCK);
    this.#size = upTo((this.#stride + 2) * columns + 1, 4);
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil((16 * this.#size) / PAGE) });
    this.#kernels = denseKernels(this.#memory, this.#stride, columns);
  }

  /**
   * Where arrays lie among the parameters (`group` 0), first (1) and second moments (2), one after
   * the other in the head's order: a view, good until the next step.
   */
  part(group: 0 | 1 | 2, parameter: number): Float32Array {
    const { depth, columns } = this;
    const [offset, size] = [
      [0, depth * columns],
      [this.#stride * columns, columns],
      [(this.#stride + 1) * columns, columns],
      [(this.#stride + 2) * columns, 1],
    ][parameter] as [number, number];
    return this.#floats(group * this.#size + offset, size);
  }

  /** Forward, gradient and update. */
  step(
    { input, cosTheta, mask, count }: HostBatch,
    adam: FlatAdamStep,
    { mode, dimension, radius }: ObjectiveSettings,
  ): StepOutcome {
    const { depth, columns } = this;
    const stride = this.#stride;
    const batch = mask.length;
    this.#makeRoom(batch);
    const rows = this.#rows;
    const [gradientAt, inputAt] = [3 * this.#size, 4 * this.#size];
    const hiddenAt = inputAt + rows * stride;
    const throughAt = hiddenAt + rows * columns;
    const packed = this.#floats(inputAt, batch * stride);
    for (let row = 0; row < batch; row++)
      packed.set(input.subarray(row * depth, (row + 1) * depth), row * stride);
    this.#kernels.denseRelu(4 * inputAt, 0, 4 * stride * columns, 4 * hiddenAt, rows);

    const hidden = this.#floats(hiddenAt, rows * columns);
    const through = this.#floats(throughAt, rows * columns).fill(0);
    const [last, bias] = [this.part(0, 2), this.part(0, 3)];
    /** Of the hidden bias, the last weights and the last bias. */
    const small = new Float64Array(2 * columns + 1);
    const kappas = new Float32Array(count);
    const seen = new Float32Array(count);
    let [loss, picture] = [0, 0];
    for (let row = 0; row < batch; row++) {
      if (mask[row] !== 1) continue;
      const at = row * columns;
      let above = bias[0]! - LOG_KAPPA_FLOOR;
      for (let j = 0; j < columns; j++) above += hidden[at + j]! * last[j]!;
      const kappa = Math.exp(
        Math.max(above, 0) + Math.log1p(Math.exp(-Math.abs(above))) + LOG_KAPPA_FLOOR,
      );
      kappas[picture] = kappa;
      seen[picture++] = cosTheta[row]!;
      if (!Number.isFinite(kappa)) {
        loss = NaN;
        continue;
      }
      const atRow = lossAndGradient(mode, dimension, radius, kappa, cosTheta[row]!);
      // As `floorLogKappa`: the floor passes the gradient on.
      const slope = atRow.gradient / count;
      loss += atRow.loss / count;
      for (let j = 0; j < columns; j++) {
        const active = hidden[at + j]!;
        if (active === 0) continue;
        const share = slope * last[j]!;
        through[at + j] = share;
        small[j]! += share;
        small[columns + j]! += slope * active;
      }
      small[2 * columns]! += slope;
    }
    this.#kernels.weightGradient(4 * inputAt, 4 * throughAt, 4 * gradientAt, rows);
    const gradient = this.#floats(gradientAt, this.#size);
    gradient.set(small, stride * columns);
    const { clip, maxNorm, decay, beta1, beta2, scale, epsilon } = adam;
    const bound = clip > 0 ? clip : 3e38;
    const gain = maxNorm > 0 ? Math.min(1, maxNorm / (clippedNorm(gradient, bound) + 1e-6)) : 1;
    this.#kernels.adam(
      0,
      4 * this.#size,
      8 * this.#size,
      12 * this.#size,
      4 * this.#size,
      bound,
      gain,
      decay,
      beta1,
      beta2,
      scale,
      epsilon,
    );
    return { loss, kappa: kappas, cosTheta: seen };
  }

  #floats(offset: number, size: number): Float32Array {
    return new Float32Array(this.#memory.buffer, 4 * offset, size);
  }

  /** Room for a batch's rows, inputs and hidden units and what goes back through them. */
  #makeRoom(batch: number): void {
    if (batch <= this.#rows) return;
    this.#rows = upTo(batch, DENSE_BLOCK);
    const bytes = 4 * (4 * this.#size + this.#rows * (this.#stride + 2 * this.columns));
    const missing = Math.ceil((bytes - this.#memory.buffer.byteLength) / PAGE);
    if (missing > 0) this.#memory.grow(missing);
    this.#floats(4 * this.#size, this.#rows * this.#stride).fill(0);
  }
}

function clippedNorm(gradient: Float32Array, bound: number): number {
  let sum = 0;
  for (const value of gradient) sum += Math.min(bound, Math.max(-bound, value)) ** 2;
  return Math.sqrt(sum);
}
