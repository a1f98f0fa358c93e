/** A face as a method sees it: a direction and how sure the method's head is of it. */
export interface ConfidentFace {
  /** [d], unit length. */
  readonly mu: Float32Array;
  /**
   * What the method's head says, always positive: κ of a von Mises–Fisher density or 1/σ² of a
   * Gaussian, [1]; or 1/σ² of each dimension, [d]. Empty where the method has none.
   */
  readonly concentration: Float32Array;
}

/** How faces are compared and pooled. A new method is one file and one line in `methods.ts`. */
export interface ConfidenceMethod {
  readonly name: MethodName;
  /**
   * Higher means more likely one person; only the order among scores of one method means anything.
   * @param cosTheta a.mu · b.mu, which callers have at hand
   */
  pairScore(a: ConfidentFace, b: ConfidentFace, cosTheta: number): number;
  /**
   * Several pictures of one person as one face.
   * @throws RangeError for no faces, or for directions that cancel to nothing: no direction stands
   * for them
   */
  pool(faces: readonly ConfidentFace[]): ConfidentFace;
  /**
   * One number for how sure a face is, larger is surer: what faces are discarded by. Null where the
   * method has none.
   */
  confidence(face: ConfidentFace): number | null;
}

/** The methods that train a head of their own. */
export const trainedMethodNames = ['scf', 'scf-g', 'pfe-g', 'pfe-v'] as const;
export type TrainedMethodName = (typeof trainedMethodNames)[number];

/** Every method: `cosine` needs no head, `scf-calibrated` takes that of `scf`. */
export const methodNames = ['cosine', 'scf', 'scf-calibrated', 'scf-g', 'pfe-g', 'pfe-v'] as const;
export type MethodName = (typeof methodNames)[number];

/** What a method is made with: comes with its head. */
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

/** Numbers that a method's head gives for a face of `dimension` dimensions. */
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

/** Whose head a method reads; null where it reads none. */
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
