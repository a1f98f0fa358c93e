import type { ConfidenceMethod } from './confidence-method';
import { weightedDirection } from './weighted-mean';

/**
 * What ArcFace and CosFace are judged by, without confidence: cos θ to compare, the plain mean
 * direction to pool.
 */
export const cosine: ConfidenceMethod = {
  name: 'cosine',
  pairScore: (_a, _b, cosTheta) => cosTheta,
  pool: (faces) => ({
    mu: weightedDirection(
      faces.map(({ mu }) => mu),
      faces.map(() => [1]),
    ),
    concentration: new Float32Array(),
  }),
  confidence: () => null,
};
