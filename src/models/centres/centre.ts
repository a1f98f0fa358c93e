import { dot } from '../../core/vector';
import { cosThetaToOthers } from './cos-theta';

/** Statistics of a class centre that is the mean of the identity's own pictures in this set. */
export interface CentreMean {
  /** Pictures in the mean, two or more. */
  readonly count: number;
  /** ‖Σe‖ over their unit embeddings e. */
  readonly length: number;
  /**
   * Share of the identity's pictures that is in the mean; dropped outliers don't count. Below 1 for
   * an identity with more pictures than a centre is made from.
   */
  readonly share: number;
  /** Lowest cosine of a picture in the mean to it; lower ones were dropped. −1 if none was. */
  readonly lowest: number;
  /** Mean cosine between two pictures of one identity, over the whole set. */
  readonly meanPairCosine: number;
}

/** What an identity's pictures are compared with. */
export interface Centre {
  /** Unit length; not to be written to. */
  readonly direction: Float32Array;
  /** null for a row from a file or a trained one: cos θ is taken to that row unchanged. */
  readonly mean: CentreMean | null;
}

/** Tolerance for a picture's cosine against `lowest`, which was computed in another precision. */
const ROUNDING = 1e-6;

/**
 * cos θ of a picture to its identity's centre. If the centre is a mean, the picture's own part is
 * taken out of it first ({@link cosThetaToOthers}); otherwise it is the cosine to the row. Zero if
 * the other pictures cancel each other out.
 * @param own the embedding of the original picture, which may be in the mean: `embedding` itself,
 * or, for a degraded copy, that of the clean picture
 */
export function cosThetaTo(
  { direction, mean }: Centre,
  embedding: Float32Array,
  own: Float32Array,
): number {
  const along = dot(embedding, direction);
  if (!mean) return along;
  const { count, length, share, lowest, meanPairCosine } = mean;
  const ownAlong = dot(own, direction);
  const ownShare = ownAlong >= lowest - ROUNDING ? share : 0;
  const squared = length ** 2 - ownShare * (2 * length * ownAlong - 1);
  return (
    cosThetaToOthers(
      length * along - ownShare * dot(embedding, own),
      squared,
      count - ownShare,
      meanPairCosine,
    ) ?? 0
  );
}
