import { StudioError } from '../../../core/studio-error';
import type { TensorFile } from '../../../formats/tensors/tensor-file';
import { BATCH_NORM_EPSILON, type BatchNormArrays } from './ir-folding';
import type { IrLayout } from './ir-layout';
import { sha256Hex } from '../../../formats/bytes/sha256-hex';

/** Who hears of a reading, and who may end it. */
export interface WeightReading {
  readonly onProgress?: (tensorsDone: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Reads a network's arrays one by one, refuses numbers that aren't any, and takes the fingerprint
 * as they come.
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
    // Without what stands before it: the same weights out of another container are the same
    // weights.
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
   * A BatchNorm's arrays. @throws as {@link read}; StudioError `bad-model` for a variance below
   * zero
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
   * SHA-256 over one line an array in the order of the network (its name without what stands before
   * it, its shape, the SHA-256 of its values as float32) and then `also`. The same weights give the
   * same one whatever file they come in.
   */
  fingerprint(also: readonly string[]): Promise<string> {
    return sha256Hex(new TextEncoder().encode([...this.#digests, ...also].join('\n')));
  }

  #refused(name: string, what: string): StudioError {
    return new StudioError(
      'bad-model',
      `In ${this.file.name} the array ${name} ${what}.`,
      'Its training diverged, or the file is damaged: take another checkpoint.',
    );
  }
}
