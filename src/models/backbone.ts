import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { InputConvention } from '../engine/input-convention';
import type { PackedBatch } from '../faces/packed-batch';

/** What a frozen backbone gives for a batch. The caller disposes both. */
export interface BackboneOutput {
  /** [B, embeddingDim], before L2 normalisation. */
  readonly embedding: Tensor2D;
  /** [B, h, w, c], NHWC: the last spatial tensor before the spatial collapse. */
  readonly convFeature: Tensor4D;
}

/** A frozen face backbone. Swappable: nothing outside engine/, models/ and training/ knows what runs it. */
export interface Backbone {
  readonly name: string;
  /** SHA-256 of the model file, hex: keys every cache of its features. */
  readonly hash: string;
  readonly input: InputConvention;
  readonly embeddingDim: number;
  /** [h, w, c] of the conv feature. */
  readonly convShape: readonly [number, number, number];
  run(batch: PackedBatch): BackboneOutput;
  dispose(): void;
}
