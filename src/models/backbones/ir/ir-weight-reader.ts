import { StudioError } from '../../../core/studio-error';
import type { TensorFile } from '../../../formats/tensors/tensor-file';
import { BATCH_NORM_EPSILON, type BatchNormArrays } from './ir-folding';
import type { IrLayout } from './ir-layout';
import { sha256Hex } from '../../../formats/bytes/sha256-hex';

/** Progress and cancellation of reading a backbone's weights. */
export interface WeightReading {
  readonly onProgress?: (tensorsDone: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Reads a network's arrays one by one, refuses values that aren't finite, and computes the weights'
 * fingerprint on the way.
 */
export class IrWeightReader {
  readonly #digests: string[] = [];

  constructor(
    readonly file: TensorFile,
    readonly layout: IrLayout,
    readonly reading: WeightReading,
  ) {}

  /**
   * An array's elements in the file's order.
   * @throws StudioError `bad-model` for NaN and infinities; what the file throws; `signal`'s reason
   */
  async read(name: string): Promise<Float32Array> {
    const { signal, onProgress } = this.reading;
    signal?.throwIfAborted();
    const values = await this.file.read(name, signal);
    signal?.throwIfAborted();
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i]))
        throw this.#refused(
          name,
          `has ${values[i]} at ${i} of ${values.length}; finite numbers were expected`,
        );
    }
    // The name goes in without its prefix, so that the same weights in another container have the
    // same fingerprint.
    const digest = await sha256Hex(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    );
    this.#digests.push(
      `${name.slice(this.layout.prefix.length)} ` +
        `[${this.file.entries.get(name)!.shape.join(', ')}] ${digest}`,
    );
    onProgress?.(this.#digests.length, this.layout.tensors.length);
    return values;
  }

  /**
   * Reads a BatchNorm's arrays.
   * @throws as {@link read}; StudioError `bad-model` for a negative variance
   */
  async readNorm(path: string, isAffine = true): Promise<BatchNormArrays> {
    const weight = isAffine ? await this.read(`${path}.weight`) : null;
    const bias = isAffine ? await this.read(`${path}.bias`) : null;
    const mean = await this.read(`${path}.running_mean`);
    const variance = await this.read(`${path}.running_var`);
    const below = variance.findIndex((value) => value <= -BATCH_NORM_EPSILON);
    if (below >= 0)
      throw this.#refused(
        `${path}.running_var`,
        `has ${variance[below]} at ${below}; no variance is below zero`,
      );
    return { weight, bias, mean, variance };
  }

  /**
   * SHA-256 over one line for each array in the network's order (name without prefix, shape,
   * SHA-256 of its float32 values), followed by the lines of `suffix`. The same weights have the
   * same fingerprint in any file.
   */
  fingerprint(suffix: readonly string[]): Promise<string> {
    return sha256Hex(new TextEncoder().encode([...this.#digests, ...suffix].join('\n')));
  }

  #refused(name: string, what: string): StudioError {
    return new StudioError(
      'bad-model',
      `In ${this.file.name} the array ${name} ${what}.`,
      'Its training diverged, or the file is damaged: take another checkpoint.',
    );
  }
}
