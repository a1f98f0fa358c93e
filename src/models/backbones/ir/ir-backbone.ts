import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { InputConvention, OriginatedConvention } from '../../../engine/input-convention';
import { unpackPixels } from '../../../engine/pixels/unpack-pixels';
import { CROP_SIZE } from '../../../faces/face-record';
import type { PackedBatch } from '../../../faces/decode/packed-batch';
import type { TensorFile } from '../../../formats/tensors/tensor-file';
import type { Backbone, BackboneDescription, BackboneOutput } from '../backbone';
import { runIr, type IrWeights } from './ir-graph';
import type { IrCode, IrLayout } from './ir-layout';
import { recogniseIr } from './ir-recognition';
import { IrWeightReader, type WeightReading } from './ir-weight-reader';
import { readIrWeights } from './ir-weights';

/**
 * The conv feature of a backbone: what its body gives, as the published head takes it, or that
 * after the last BatchNorm2d.
 */
export type ConvFeature = 'body' | 'after-bn';

/** What a file of weights doesn't say of itself. */
export interface IrBackboneOptions extends WeightReading {
  /** By default the file's. */
  readonly name?: string;
  /** By default that of the code that wrote it: {@link irConventions}. */
  readonly input?: InputConvention;
  /** By default `body`. */
  readonly convFeature?: ConvFeature;
}

/** What published code feeds its networks, and whose it is. */
const irConventions: Readonly<Record<IrCode, InputConvention & { readonly by: string }>> = {
  scf: { by: 'SCF', order: 'RGB', mean: 127.5, scale: 1 / 128 },
  tface: { by: 'TFace', order: 'RGB', mean: 127.5, scale: 1 / 127.5 },
  insightface: { by: 'InsightFace', order: 'RGB', mean: 127.5, scale: 1 / 127.5 },
  // `to_input` of its inference.py: bgr = ((rgb[:, :, ::-1] / 255) − 0.5) / 0.5
  adaface: { by: 'AdaFace', order: 'BGR', mean: 127.5, scale: 1 / 127.5 },
};

/** A frozen IR network from a PyTorch or safetensors file, on the current tfjs backend. */
export class IrBackbone implements Backbone {
  readonly #kept: readonly Tensor[];
  readonly #weights: IrWeights;

  private constructor(
    readonly name: string,
    /**
     * Of the weights, the input convention and the conv feature together: what a cache holds
     * depends on all three. The weights count by their own names, shapes and float32 values, not by
     * the file that they lie in.
     */
    readonly hash: string,
    readonly fed: OriginatedConvention,
    readonly layout: IrLayout,
    readonly convFeature: ConvFeature,
    weights: IrWeights,
    kept: readonly Tensor[],
  ) {
    this.#weights = weights;
    this.#kept = kept;
  }

  /**
   * Recognises the file by its keys and reads it array by array; see {@link readIrWeights} for what
   * that takes of memory. Where it fails or is ended, nothing stays behind.
   * @throws StudioError `bad-model` for keys, shapes or numbers that don't fit; what the file
   * throws; `signal`'s reason
   */
  static async load(
    file: TensorFile,
    { name = file.name, input, convFeature = 'body', ...reading }: IrBackboneOptions = {},
  ): Promise<IrBackbone> {
    const layout = recogniseIr(file);
    const { by, ...usual } = irConventions[layout.code];
    const fed: OriginatedConvention = input
      ? { input, origin: { kind: 'given' } }
      : { input: usual, origin: { kind: 'keys', by } };
    const reader = new IrWeightReader(file, layout, reading);
    const kept: Tensor[] = [];
    try {
      const weights = await readIrWeights(reader, convFeature === 'after-bn', (tensor) =>
        kept.push(tensor),
      );
      const { order, mean, scale } = fed.input;
      const hash = await reader.fingerprint([
        `input ${order} ${mean} ${scale}`,
        `conv feature ${convFeature}`,
      ]);
      reading.signal?.throwIfAborted();
      return new IrBackbone(name, hash, fed, layout, convFeature, weights, kept);
    } catch (thrown) {
      tf.dispose(kept);
      throw thrown;
    }
  }

  get description(): BackboneDescription {
    const { name, parameters, tail, prefix } = this.layout;
    return {
      layout: name,
      parameters,
      convFeatureName: this.convFeature === 'body' ? 'body' : tail.norm.slice(prefix.length),
      inputOrigin: this.fed.origin,
    };
  }

  get input(): InputConvention {
    return this.fed.input;
  }

  get embeddingDim(): number {
    return this.layout.embeddingDim;
  }

  get convShape(): readonly [number, number, number] {
    return this.layout.convShape;
  }

  run(batch: PackedBatch): BackboneOutput {
    return tf.tidy(() =>
      runIr(unpackPixels({ ...batch, side: CROP_SIZE }, this.input), this.#weights),
    );
  }

  dispose(): void {
    tf.dispose([...this.#kept]);
  }
}
