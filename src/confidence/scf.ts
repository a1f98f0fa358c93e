import type { Calibration, ConfidenceMethod, ConfidentFace, MethodName } from './confidence-method';
import { logNormalizer } from './vmf';
import { weightedDirection } from './weighted-mean';

/**
 * Eqn (13), the log mutual likelihood of two faces on the sphere of radius r: s = log C_d(κ₁) + log
 * C_d(κ₂) − log C_d(κ̃) − d log r, κ̃ = ‖κ₁μ₁ + κ₂μ₂‖ = √(κ₁² + κ₂² + 2κ₁κ₂ cos θ). It leaves out
 * the training code's 1e-6, with which s would fall as cos θ rises where κ̃ < 255.
 * @param cosTheta cosine between the two directions, −1..1
 */
export function mutualLikelihood(
  dimension: number,
  radius: number,
  kappa1: number,
  kappa2: number,
  cosTheta: number,
): number {
  // Rounding can leave the square slightly below zero for opposite directions with the same κ.
  const kappaTilde = Math.sqrt(
    Math.max(0, kappa1 * kappa1 + kappa2 * kappa2 + 2 * kappa1 * kappa2 * cosTheta),
  );
  return (
    logNormalizer(dimension, kappa1) +
    logNormalizer(dimension, kappa2) -
    logNormalizer(dimension, kappaTilde) -
    dimension * Math.log(radius)
  );
}

/** The κ that a method uses, and the head's output that gives it. */
interface KappaScale {
  readonly kappaOf: (face: ConfidentFace) => number;
  /** The inverse: the head's output for a κ. */
  readonly outputOf: (kappa: number) => number;
}

const plainScale: KappaScale = {
  kappaOf: ({ concentration }) => concentration[0]!,
  outputOf: (kappa) => kappa,
};

/**
 * Eqn (14): z = Σκᵢμᵢ/Σκᵢ, scaled to unit length. The template's own κ is the mean of its
 * pictures' κ, as in the published evaluation code.
 * @throws RangeError for no faces, or for directions that cancel to zero and have no mean
 */
function poolByKappa(
  faces: readonly ConfidentFace[],
  { kappaOf, outputOf }: KappaScale,
): ConfidentFace {
  const kappas = faces.map(kappaOf);
  const mu = weightedDirection(
    faces.map((face) => face.mu),
    kappas.map((kappa) => [kappa]),
  );
  const mean = kappas.reduce((sum, kappa) => sum + kappa, 0) / faces.length;
  return { mu, concentration: Float32Array.of(outputOf(mean)) };
}

/** Sphere Confidence Face (Li et al., CVPR 2021): Eqn (13) to compare, Eqn (14) to pool. */
export function scf(radius: number): ConfidenceMethod {
  return onSphere('scf', radius, plainScale);
}

/**
 * SCF with κ′ = a·κ^b in place of κ, which goes beyond the paper: a head may rank faces well while
 * its κ is too steep or too flat for Eqn (13). {@link fitCalibration} finds the two numbers.
 */
export function scfCalibrated(radius: number, calibration: Calibration): ConfidenceMethod {
  const { scale, power } = calibration;
  return onSphere('scf-calibrated', radius, {
    kappaOf: ({ concentration }) => calibrated(concentration[0]!, calibration),
    outputOf: (kappa) => (kappa / scale) ** (1 / power),
  });
}

/** Its square is finite, and so is the square of the sum of two. */
const MAX_CALIBRATED_KAPPA = 1e100;

/** κ′ = a·κ^b, limited to what Eqn (13) can be computed for. */
export function calibrated(kappa: number, { scale, power }: Calibration): number {
  return Math.min(MAX_CALIBRATED_KAPPA, scale * kappa ** power);
}

/**
 * PFE with a von Mises–Fisher density in place of its Gaussian. Only its training differs from SCF:
 * it maximises the likelihood of genuine pairs. The paper's tables have N/A in all its cells.
 */
export function pfeV(radius: number): ConfidenceMethod {
  return onSphere('pfe-v', radius, plainScale);
}

function onSphere(name: MethodName, radius: number, scale: KappaScale): ConfidenceMethod {
  const { kappaOf } = scale;
  return {
    name,
    pairScore: (a, b, cosTheta) =>
      mutualLikelihood(a.mu.length, radius, kappaOf(a), kappaOf(b), cosTheta),
    pool: (faces) => poolByKappa(faces, scale),
    confidence: kappaOf,
  };
}
