import { dot } from '../../core/vector';
import { cosThetaToOthers } from './cos-theta';

/** What a class centre is the mean of, where it was made of the pictures at hand. */
export interface CentreMean {
  /** Pictures in it, two or more. */
  readonly count: number;
  /** ‖Σe‖ over their unit embeddings e. */
  readonly length: number;
  /**
   * Share of the person's pictures that is in it, those that were dropped left out of account. It
   * is below 1 for somebody with more pictures than a centre is made of.
   */
  readonly share: number;
  /** The least cosine to it of a picture in it; lower ones were dropped. −1 where none was. */
  readonly lowest: number;
  /** Mean cosine of two pictures of one person, over the whole set. */
  readonly likeness: number;
}

/** What a person's pictures are compared with. */
export interface Centre {
  /** Unit length; not to be written to. */
  readonly direction: Float32Array;
  /** null for a row that was given or trained: cos θ is to that row as it is. */
  readonly mean: CentreMean | null;
}

/** That a kept picture's cosine may differ by from the one that decided whether it is in a mean. */
const ROUNDING = 1e-6;

/**
 * cos θ of a picture to its person's centre: to the mean of the others ({@link cosThetaToOthers})
 * where it is a mean, and to the row as it is where it isn't. Zero where the others have no
 * direction.
 * @param own the picture as it is, which may be in the mean: `embedding` itself, or what it is a
 * degraded copy of
 */
export function cosThetaTo(
  { direction, mean }: Centre,
  embedding: Float32Array,
  own: Float32Array,
): number {
  const along = dot(embedding, direction);
  if (!mean) return along;
  const { count, length, share, lowest, likeness } = mean;
  const ownAlong = dot(own, direction);
  const part = ownAlong >= lowest - ROUNDING ? share : 0;
  const squared = length ** 2 - part * (2 * length * ownAlong - 1);
  return (
    cosThetaToOthers(
      length * along - part * dot(embedding, own),
      squared,
      count - part,
      likeness,
    ) ?? 0
  );
}
