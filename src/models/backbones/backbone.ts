import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { ConventionOrigin, InputConvention } from '../../engine/input-convention';
import type { PackedBatch } from '../../faces/decode/packed-batch';
import type { NetworkOutline } from './network-outline';

/** Output of a frozen backbone for a batch. The caller disposes both tensors. */
export interface BackboneOutput {
  /** [B, embeddingDim], before L2 normalisation. */
  readonly embedding: Tensor2D;
  /** [B, h, w, c], NHWC: the last feature map before the spatial dimensions collapse. */
  readonly convFeature: Tensor4D;
}

/** A backbone's description for a person. Plain data. */
export interface BackboneDescription {
  /** The recognised layout, such as `IR-100 (SCF layout)`. */
  readonly layout: string;
  /** Number of trained parameters; null if the file format doesn't say. */
  readonly parameters: number | null;
  /** Name of the layer or graph value that is tapped as the conv feature. */
  readonly convFeatureName: string;
  /** Where its input convention comes from. */
  readonly inputOrigin: ConventionOrigin;
  /** Its blocks, for a drawing. */
  readonly outline: NetworkOutline;
}

/**
 * A frozen face backbone: turns crops into embeddings, and nothing else in the studio does
 * ({@link Backbone.run}). Swappable: studio/ and ui/ never know what runs
 * it. The kinds are `OnnxBackbone`, `IrBackbone` and `SmallBackbone`; `openBackbone` picks one by a
 * file's first bytes.
 */
export interface Backbone {
  readonly name: string;
  readonly description: BackboneDescription;
  /**
   * SHA-256, hex, of the model and of everything else that its output depends on (input convention,
   * conv feature). Every cache of its features is keyed by it.
   */
  readonly hash: string;
  readonly input: InputConvention;
  readonly embeddingDim: number;
  /** [h, w, c] of the conv feature. */
  readonly convShape: readonly [number, number, number];
  /** Crops to embeddings and conv features. Synchronous: the tensors' data may come later. */
  run(batch: PackedBatch): BackboneOutput;
  dispose(): void;
}

/**
 * Crops in one backbone pass, where memory allows it. Every pass has this one shape, so that
 * buffers are reused.
 */
export const BACKBONE_BATCH = 32;
