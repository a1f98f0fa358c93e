import type { Backbone } from '../models/backbones/backbone';
import type { ConfidenceHead } from '../models/heads/confidence-head';
import { readFaces, type FaceFeatures } from './read-faces';

/** The output of backbone and head for one crop. */
export interface FaceReadout {
  /** [d], unit length: the face's direction on the sphere. */
  readonly mu: Float32Array;
  /** ‖embedding‖ before normalisation. */
  readonly embeddingNorm: number;
  /** κ > 0; null without a head. */
  readonly kappa: number | null;
}

/**
 * Sends one 112 × 112 × 3 RGB crop through the backbone and the head, if any. The head must have
 * one output for a face.
 * @throws RangeError for a crop of another size
 */
export async function readFace(
  crop: Uint8Array,
  backbone: Backbone,
  head: ConfidenceHead | null,
): Promise<FaceReadout> {
  const [read] = await readFaces([crop], backbone, head ? [head] : [], { flip: false });
  const { mu, embeddingNorm, concentrations } = read as FaceFeatures;
  return { mu, embeddingNorm, kappa: concentrations[0]?.[0] ?? null };
}
