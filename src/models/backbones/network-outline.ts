/** A part of a network in which pictures keep one size. Plain data. */
export interface NetworkStage {
  /** [h, w, c] of its result. */
  readonly shape: readonly [number, number, number];
  readonly convolutions: number;
  /** Residual units: places where two feature maps are added. */
  readonly units: number;
  /** All operations of its graph; null for a file of weights, which lists none. */
  readonly operations: number | null;
}

/** A network as a few blocks, for a drawing: from the picture to the embedding. Plain data. */
export interface NetworkOutline {
  /** In order, each smaller than the one before it. */
  readonly stages: readonly NetworkStage[];
  /** Index of the stage that the conv feature is taken from. */
  readonly tapStage: number;
  /** Operations after space has collapsed, up to the embedding; null where none are listed. */
  readonly lastOperations: number | null;
}
