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
import { irOutline } from './ir-outline';
import { recogniseIr } from './ir-recognition';
import { IrWeightReader, type WeightReading } from './ir-weight-reader';
import { readIrWeights } from './ir-weights';

/**
 * Which tensor is the conv feature: `body` is the raw output of the network's body, which the
 * published head takes; `after-bn` the output of the last BatchNorm2d.
 */
export type ConvFeature = 'body' | 'after-bn';

/** What can't be read from a file of weights, or overrides it. */
export interface IrBackboneOptions extends WeightReading {
  /** Default: the file's name. */
  readonly name?: string;
  /** Default: the convention of the code that saved it, from {@link irConventions}. */
  readonly input?: InputConvention;
  /** Default: `body`. */
  readonly convFeature?: ConvFeature;
}

/** The input conventions of published code, and whose code it is. */
const irConventions: Readonly<Record<IrCode, InputConvention & { readonly by: string }>> = {
  scf: { by: 'SCF', order: 'RGB', mean: 127.5, scale: 1 / 128 },
  tface: { by: 'TFace', order: 'RGB', mean: 127.5, scale: 1 / 127.5 },
  insightface: { by: 'InsightFace', order: 'RGB', mean: 127.5, scale: 1 / 127.5 },
  // `to_input` of its inference.py: bgr = ((rgb[:, :, ::-1] / 255) − 0.5) / 0.5
  adaface: { by: 'AdaFace', order: 'BGR', mean: 127.5, scale: 1 / 127.5 },
};

/** A frozen IR network from a PyTorch or safetensors file, on the current tfjs backend. */
export class IrBackbone implements Backbone {
  readonly #tensors: readonly Tensor[];
  readonly #weights: IrWeights;

  private constructor(
    readonly name: string,
    /**
     * Covers the weights, the input convention and the choice of conv feature, since cached
     * features depend on all three. The weights go in by name, shape and float32 values, so that
     * the file that holds them doesn't matter.
     */
    readonly hash: string,
    readonly sourcedInput: OriginatedConvention,
    readonly layout: IrLayout,
    readonly convFeature: ConvFeature,
    weights: IrWeights,
    tensors: readonly Tensor[],
  ) {
    this.#weights = weights;
    this.#tensors = tensors;
  }

  /**
   * Recognises the file by its keys and reads it array by array; for the memory it takes see
   * {@link readIrWeights}. No tensors are left behind if it fails or is cancelled.
   * @throws StudioError `bad-model` for keys, shapes or numbers that don't fit; what the file
   * throws; `signal`'s reason
   */
  static async load(
    file: TensorFile,
    { name = file.name, input, convFeature = 'body', ...reading }: IrBackboneOptions = {},
  ): Promise<IrBackbone> {
    const layout = recogniseIr(file);
    const { by, ...byDefault } = irConventions[layout.code];
    const sourcedInput: OriginatedConvention = input
      ? { input, origin: { kind: 'given' } }
      : { input: byDefault, origin: { kind: 'keys', by } };
    const reader = new IrWeightReader(file, layout, reading);
    const tensors: Tensor[] = [];
    try {
      const weights = await readIrWeights(reader, convFeature === 'after-bn', (tensor) =>
        tensors.push(tensor),
      );
      const { order, mean, scale } = sourcedInput.input;
      const hash = await reader.fingerprint([
        `input ${order} ${mean} ${scale}`,
        `conv feature ${convFeature}`,
      ]);
      reading.signal?.throwIfAborted();
      return new IrBackbone(name, hash, sourcedInput, layout, convFeature, weights, tensors);
    } catch (thrown) {
      tf.dispose(tensors);
      throw thrown;
    }
  }

  get description(): BackboneDescription {
    const { name, parameters, tail, prefix } = this.layout;
    return {
      layout: name,
      parameters,
      convFeatureName: this.convFeature === 'body' ? 'body' : tail.norm.slice(prefix.length),
      inputOrigin: this.sourcedInput.origin,
      outline: irOutline(this.layout),
    };
  }

  get input(): InputConvention {
    return this.sourcedInput.input;
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
    tf.dispose([...this.#tensors]);
  }
}
