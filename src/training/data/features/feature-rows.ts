/** The frozen features of one picture. */
export interface FeatureRow {
  readonly label: number;
  /** True severity 0..1 of the picture's degradation; NaN if it isn't known. */
  readonly severity: number;
  /** [inputSize]: what the head reads. */
  readonly headInput: Float32Array;
  /** [embeddingDim], unit length. */
  readonly embedding: Float32Array;
  /** Which copy of its picture it is; 0, the default, is the unaugmented picture. */
  readonly copy?: number;
}

/** Features of many pictures, in memory or in a file. */
export interface FeatureRows {
  readonly inputSize: number;
  readonly embeddingDim: number;
  /** Number of pictures. */
  readonly count: number;
  readonly labels: readonly number[];
  readonly severities: readonly number[];
  /** Which copy of its picture each row is; 0 is the unaugmented picture. */
  readonly copies: readonly number[];
  /** The picture that each row was made of: copies of one picture have the same number. */
  readonly pictures: readonly number[];
  /** The place of each row's picture among the source's records, from 1; absent if not kept. */
  readonly places?: readonly number[];
  /** The embedding of picture `index`. Not to be written to. */
  embedding(index: number): Float32Array;
  /** The head input of picture `index`. Not to be written to. */
  headInput(index: number): Float32Array;
  /** Rows of the head's input for `indices`, padded with zeros to `size` rows. */
  gatherInputs(indices: readonly number[], size: number): Float32Array;
}
