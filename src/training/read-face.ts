import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { packBatch } from '../faces/packed-batch';
import type { Backbone } from '../models/backbone';
import { normalised } from '../models/class-centres';
import type { ConfidenceHead } from '../models/heads/confidence-head';

/** What backbone and head say of one crop. */
export interface FaceReadout {
  /** [d], unit length: the face's direction on the sphere. */
  readonly mu: Float32Array;
  /** ‖embedding‖ before it was brought to unit length. */
  readonly embeddingNorm: number;
  /** κ > 0; null where no head was given. */
  readonly kappa: number | null;
}

/**
 * Sends one 112 × 112 × 3 RGB crop through the backbone and, where there is one, the head.
 * @throws RangeError for a crop of another size
 */
export async function readFace(crop: Uint8Array, backbone: Backbone, head: ConfidenceHead | null): Promise<FaceReadout> {
  const read = tf.tidy(() => {
    const output = backbone.run(packBatch([crop], 1));
    const logKappa = head?.logKappa(head.headInput(output), tf.ones([1]) as Tensor1D, false);
    return logKappa ? [output.embedding, logKappa] : [output.embedding];
  });
  // Disposing a tensor whose data() is pending rejects, so both are awaited first.
  const [embedding, logKappa] = (await Promise.all(read.map((tensor) => tensor.data()))) as [Float32Array, Float32Array | undefined];
  tf.dispose(read);
  const { unit, norm } = normalised(embedding);
  return { mu: unit, embeddingNorm: norm, kappa: logKappa ? Math.exp(logKappa[0]!) : null };
}
