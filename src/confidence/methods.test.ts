import { describe, expect, it } from 'vitest';
import { seededRandom } from '../core/seeded-random';
import {
  concentrationSize,
  headOf,
  methodNames,
  type ConfidentFace,
  type MethodName,
} from './confidence-method';
import { createMethod } from './methods';
import { mutualLikelihood } from './scf';

const settings = { radius: 64, calibration: { scale: 5, power: 0.75 } };
const dimension = 16;

const unit = (values: readonly number[]): Float32Array => {
  const norm = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / norm);
};
const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** A direction near the first axis, and concentrations as a head gives them. */
function face(method: MethodName, seed: number, sureness: number): ConfidentFace {
  const random = seededRandom(seed);
  const mu = unit(Array.from({ length: dimension }, (_, i) => (i === 0 ? 3 : 0) + random.normal()));
  return {
    mu,
    concentration: Float32Array.from(
      { length: concentrationSize(method, dimension) },
      () => sureness * (0.5 + random.next()),
    ),
  };
}

describe.each(methodNames)('the method %s', (name) => {
  const method = createMethod(name, settings);

  it('scores a pair the same in both orders, and a nearer pair higher', () => {
    const [a, b] = [face(name, 1, 20), face(name, 2, 30)];
    const opposite = { ...b, mu: b.mu.map((value) => -value) };
    expect(method.pairScore(a, b, dot(a.mu, b.mu))).toBeCloseTo(
      method.pairScore(b, a, dot(a.mu, b.mu)),
      4,
    );
    expect(method.pairScore(a, b, dot(a.mu, b.mu))).toBeGreaterThan(
      method.pairScore(a, opposite, -dot(a.mu, b.mu)),
    );
  });

  it('pools one face to itself and several to one of unit length, and refuses none', () => {
    const [a, b, c] = [face(name, 3, 20), face(name, 4, 60), face(name, 5, 10)];
    const alone = method.pool([a]);
    alone.mu.forEach((value, i) => expect(value).toBeCloseTo(a.mu[i]!, 5));
    expect(alone.concentration).toEqual(a.concentration);
    expect(Math.hypot(...method.pool([a, b, c]).mu)).toBeCloseTo(1, 5);
    expect(() => method.pool([])).toThrow(RangeError);
  });

  it('gives the surer picture more weight, if it has a confidence', () => {
    const [doubtful, sure] = [face(name, 6, 5), face(name, 7, 50)];
    const pooled = method.pool([doubtful, sure]);
    if (headOf(name) === null) {
      expect(method.confidence(sure)).toBeNull();
      expect(dot(pooled.mu, sure.mu)).toBeCloseTo(dot(pooled.mu, doubtful.mu), 4);
    } else {
      expect(method.confidence(sure)!).toBeGreaterThan(method.confidence(doubtful)!);
      expect(dot(pooled.mu, sure.mu)).toBeGreaterThan(dot(pooled.mu, doubtful.mu));
    }
  });
});

it('PFE-G is the likelihood that two Gaussian faces are one, by numerical integration', () => {
  // In each dimension ∫ N(z; μ₁, σ₁²) N(z; μ₂, σ₂²) dz.
  const gauss = (z: number, mean: number, variance: number) =>
    Math.exp(-((z - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);
  const [a, b] = [
    { mu: Float32Array.of(0.6, 0.8), concentration: Float32Array.of(4, 10) },
    { mu: Float32Array.of(1, 0), concentration: Float32Array.of(2, 5) },
  ];
  let expected = 0;
  for (const i of [0, 1]) {
    let integral = 0;
    for (let z = -12; z < 12; z += 1e-3)
      integral +=
        1e-3 *
        gauss(z, a.mu[i]!, 1 / a.concentration[i]!) *
        gauss(z, b.mu[i]!, 1 / b.concentration[i]!);
    expected += Math.log(integral);
  }
  expect(createMethod('pfe-g', settings).pairScore(a, b, 0.6)).toBeCloseTo(expected, 6);
});

it('SCF-G is PFE-G with one variance for all dimensions', () => {
  const [a, b] = [face('scf-g', 8, 30), face('scf-g', 9, 50)];
  const spread = ({ mu, concentration }: ConfidentFace) => ({
    mu,
    concentration: new Float32Array(dimension).fill(concentration[0]!),
  });
  const cosTheta = dot(a.mu, b.mu);
  expect(createMethod('scf-g', settings).pairScore(a, b, cosTheta)).toBeCloseTo(
    createMethod('pfe-g', settings).pairScore(spread(a), spread(b), cosTheta),
    3,
  );
});

it('gives a PFE template the variance of its surest picture, an SCF template the mean κ', () => {
  const faces = [1, 4, 2].map((value) => ({
    mu: unit([1, value]),
    concentration: Float32Array.of(value),
  }));
  expect(createMethod('scf-g', settings).pool(faces).concentration).toEqual(Float32Array.of(4));
  expect(createMethod('scf', settings).pool(faces).concentration[0]).toBeCloseTo(7 / 3, 6);
});

it('gives a template of calibrated SCF the mean κ′ of its pictures', () => {
  const method = createMethod('scf-calibrated', settings);
  const faces = [100, 900].map((value) => ({
    mu: unit([1, value]),
    concentration: Float32Array.of(value),
  }));
  const mean = faces.reduce((sum, each) => sum + method.confidence(each)! / 2, 0);
  expect(method.confidence(method.pool(faces))! / mean).toBeCloseTo(1, 6);
});

it('calibrated SCF is SCF with κ′ = a κ^b', () => {
  const [a, b] = [face('scf', 10, 300), face('scf', 11, 700)];
  const kappa = ({ concentration }: ConfidentFace) => 5 * concentration[0]! ** 0.75;
  expect(createMethod('scf-calibrated', settings).pairScore(a, b, 0.4)).toBeCloseTo(
    mutualLikelihood(dimension, 64, kappa(a), kappa(b), 0.4),
    9,
  );
  expect(() => createMethod('scf-calibrated', { radius: 64 })).toThrow('there are none');
});
