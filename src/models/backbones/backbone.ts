import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { ConventionOrigin, InputConvention } from '../../engine/input-convention';
import type { PackedBatch } from '../../faces/decode/packed-batch';

/** What a frozen backbone gives for a batch. The caller disposes both. */
export interface BackboneOutput {
  /** [B, embeddingDim], before L2 normalisation. */
  readonly embedding: Tensor2D;
  /** [B, h, w, c], NHWC: the last spatial tensor before the spatial collapse. */
  readonly convFeature: Tensor4D;
}

/** What a backbone says of itself to a person: plain data. */
export interface BackboneDescription {
  /** What its file was recognised as, as `IR-100 (SCF layout)`. */
  readonly layout: string;
  /** Trained numbers; null where its kind doesn't say. */
  readonly parameters: number | null;
  /** The name of the value that is the conv feature. */
  readonly convFeatureName: string;
  /** Where its input convention comes from. */
  readonly inputOrigin: ConventionOrigin;
}

/**
 * A frozen face backbone. Swappable: nothing outside engine/, models/ and training/ knows what runs
 * it.
 */
export interface Backbone {
  readonly name: string;
  readonly description: BackboneDescription;
  /**
   * SHA-256, hex, of the model and of all that decides what it gives for a picture: keys every
   * cache of its features.
   */
  readonly hash: string;
  readonly input: InputConvention;
  readonly embeddingDim: number;
  /** [h, w, c] of the conv feature. */
  readonly convShape: readonly [number, number, number];
  run(batch: PackedBatch): BackboneOutput;
  dispose(): void;
}

/**
 * Pictures that go through the backbone at once where memory allows it: one shape for every pass,
 * so that buffers are reused.
 */
export const BACKBONE_BATCH = 32;
