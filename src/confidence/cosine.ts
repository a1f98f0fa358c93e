import type { ConfidenceMethod } from './confidence-method';
import { weightedDirection } from './weighted-mean';

/**
 * The usual evaluation of ArcFace and CosFace, without confidence: compares by cos θ, pools by the
 * plain mean direction.
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
