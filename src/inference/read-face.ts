import type { Backbone } from '../models/backbones/backbone';
import type { ConfidenceHead } from '../models/heads/confidence-head';
import { readFaces, type FaceFeatures } from './read-faces';

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
 * Sends one 112 × 112 × 3 RGB crop through the backbone and, where there is one, the head of one
 * number a face.
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
