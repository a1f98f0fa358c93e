import type { ConfidenceMethod } from './confidence-method';
import { poolByKappa } from './scf';

/** The baseline without confidence: cos θ to compare, the plain mean direction to pool. */
export const cosine: ConfidenceMethod = {
  name: 'cosine',
  pairScore: (_a, _b, cosTheta) => cosTheta,
  pool: (faces) => poolByKappa(faces.map(({ mu }) => ({ mu, kappa: 1 }))),
};
