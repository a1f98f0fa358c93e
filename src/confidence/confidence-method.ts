/** A face as a method sees it: a direction and how sure the head is of it. */
export interface ConfidentFace {
  /** [d], unit length. */
  readonly mu: Float32Array;
  /** κ > 0. */
  readonly kappa: number;
}

/** How faces are compared and pooled. */
export interface ConfidenceMethod {
  readonly name: MethodName;
  /** Higher means more likely one person. `cosTheta` is a.mu · b.mu, which callers have at hand. */
  pairScore(a: ConfidentFace, b: ConfidentFace, cosTheta: number, radius: number): number;
  /** Several pictures of one person as one face. */
  pool(faces: readonly ConfidentFace[]): ConfidentFace;
}

export type MethodName = 'scf' | 'cosine';
