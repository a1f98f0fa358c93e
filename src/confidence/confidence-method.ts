/** The input of a method: a face's direction, and how sure the method's head is of it. */
export interface ConfidentFace {
  /** [d], unit length. */
  readonly mu: Float32Array;
  /**
   * The head's output, always positive: κ of a von Mises–Fisher density or 1/σ² of a Gaussian,
   * [1]; or 1/σ² of each dimension, [d]. Empty for a method without a head.
   */
  readonly concentration: Float32Array;
}

/** How faces are compared and pooled. A new method is one file and one line in `methods.ts`. */
export interface ConfidenceMethod {
  readonly name: MethodName;
  /**
   * Higher means more likely the same person. Scores of different methods can't be compared.
   * @param cosTheta a.mu · b.mu, which callers have computed already
   */
  pairScore(a: ConfidentFace, b: ConfidentFace, cosTheta: number): number;
  /**
   * Pools several pictures of one person into one face.
   * @throws RangeError for no faces, or for directions that cancel to zero and have no mean
   */
  pool(faces: readonly ConfidentFace[]): ConfidentFace;
  /**
   * One number for how sure a face is; larger is surer. Faces are discarded by it. Null for a
   * method without confidence.
   */
  confidence(face: ConfidentFace): number | null;
}

/** The methods that train a head of their own. */
export const trainedMethodNames = ['scf', 'scf-g', 'pfe-g', 'pfe-v'] as const;
export type TrainedMethodName = (typeof trainedMethodNames)[number];

/** Every method: `cosine` needs no head, `scf-calibrated` uses the head of `scf`. */
export const methodNames = ['cosine', 'scf', 'scf-calibrated', 'scf-g', 'pfe-g', 'pfe-v'] as const;
export type MethodName = (typeof methodNames)[number];

/** Settings of a method, which come with its head. */
export interface MethodSettings {
  /** r of the sphere that the head was trained on: shifts SCF's scores by a constant. */
  readonly radius: number;
  /** For `scf-calibrated`. */
  readonly calibration?: Calibration;
}

/** κ′ = scale · κ^power. */
export interface Calibration {
  readonly scale: number;
  readonly power: number;
}

/** Whether a method learns from genuine pairs of a batch, and not from class centres. */
export const isPairwise = (method: MethodName): boolean => method === 'pfe-g' || method === 'pfe-v';

/** How many numbers a method's head gives for a face of `dimension` dimensions. */
export function concentrationSize(method: MethodName, dimension: number): number {
  switch (method) {
    case 'cosine':
      return 0;
    case 'scf':
    case 'scf-calibrated':
    case 'scf-g':
    case 'pfe-v':
      return 1;
    case 'pfe-g':
      return dimension;
    default:
      return method satisfies never;
  }
}

/** The method whose head a method reads; null if it reads none. */
export function headOf(method: MethodName): TrainedMethodName | null {
  switch (method) {
    case 'cosine':
      return null;
    case 'scf-calibrated':
      return 'scf';
    case 'scf':
    case 'scf-g':
    case 'pfe-g':
    case 'pfe-v':
      return method;
    default:
      return method satisfies never;
  }
}
