import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { normalised } from '../../core/vector';
import { packBatch, type PackedBatch } from '../../faces/decode/packed-batch';
import type { ConfidenceHead } from '../heads/confidence-head';
import { BACKBONE_BATCH, type Backbone, type BackboneOutput } from './backbone';

/** A crop to embed. */
export interface EmbedderInput {
  /** 112 × 112 × 3 RGB bytes. */
  readonly crop: Uint8Array;
  /** Mirrors the crop left to right. */
  readonly flip: boolean;
}

/** The embedding of one crop. */
export interface CropEmbedding {
  /** [embeddingDim], unit length. */
  readonly unit: Float32Array;
  /** Length of the embedding before normalisation. */
  readonly norm: number;
}

/** The frozen features of one crop: its embedding, and what a head reads. */
export interface CropFeatures extends CropEmbedding {
  /** [inputSize]: a view into the values of the whole batch. */
  readonly headInput: Float32Array;
}

/** Runs crops through a frozen backbone, in passes of one fixed shape. */
export class Embedder {
  /** @param batchSize rows of every pass; missing crops are padding */
  constructor(
    readonly backbone: Backbone,
    readonly batchSize = BACKBONE_BATCH,
  ) {}

  /**
   * @param crops 1 to `batchSize`
   * @throws RangeError for another number of crops, or crops of another size
   */
  pack(crops: readonly EmbedderInput[]): PackedBatch {
    return packBatch(
      crops.map(({ crop }) => crop),
      this.batchSize,
      crops.map(({ flip }) => flip),
    );
  }

  /**
   * One pass, on the device. Everything but the selected tensors is disposed; the caller disposes
   * those.
   * @returns the selected tensors, padding rows included
   */
  run<T extends Tensor[]>(batch: PackedBatch, select: (output: BackboneOutput) => T): T {
    return tf.tidy(() => select(this.backbone.run(batch)));
  }

  /**
   * One pass for a head, on the device. The caller disposes both tensors.
   * @returns [batchSize, inputSize], and [batchSize, embeddingDim] before normalisation
   */
  runFor(head: ConfidenceHead, batch: PackedBatch): [Tensor2D, Tensor2D] {
    return this.run<[Tensor2D, Tensor2D]>(batch, (output) => [
      head.headInput(output) as Tensor2D,
      output.embedding,
    ]);
  }

  /** One pass; the values of the selected tensors, padding rows included. */
  async read(
    batch: PackedBatch,
    select: (output: BackboneOutput) => Tensor[],
  ): Promise<Float32Array[]> {
    return readBack(this.run(batch, select));
  }

  /** The embeddings of 1 to `batchSize` crops, in their order. */
  async embed(crops: readonly EmbedderInput[]): Promise<CropEmbedding[]> {
    const [embeddings] = await this.read(this.pack(crops), ({ embedding }) => [embedding]);
    return crops.map((_, row) => this.#embeddingAt(embeddings!, row));
  }

  /** The embeddings and head inputs of 1 to `batchSize` crops, in their order. */
  async embedFor(head: ConfidenceHead, crops: readonly EmbedderInput[]): Promise<CropFeatures[]> {
    const [inputs, embeddings] = await readBack(this.runFor(head, this.pack(crops)));
    return crops.map((_, row) => ({
      ...this.#embeddingAt(embeddings!, row),
      headInput: rowOf(inputs!, row, head.inputSize),
    }));
  }

  #embeddingAt(embeddings: Float32Array, row: number): CropEmbedding {
    return normalised(rowOf(embeddings, row, this.backbone.embeddingDim));
  }
}

const rowOf = (values: Float32Array, row: number, width: number): Float32Array =>
  values.subarray(row * width, (row + 1) * width);

/** Reads tensors back and disposes them. */
async function readBack(tensors: Tensor[]): Promise<Float32Array[]> {
  // Disposing a tensor whose data() is pending rejects, so all are awaited first.
  const values = await Promise.all(tensors.map((tensor) => tensor.data()));
  tf.dispose(tensors);
  return values as Float32Array[];
}
