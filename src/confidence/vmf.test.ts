import { describe, expect, it } from 'vitest';
import golden from '../../test/fixtures/vmf.json';
import { logBesselI } from './bessel';
import { mutualLikelihood, scf } from './scf';
import {
  logNormalizer,
  loss,
  lossGradient,
  lossParts,
  meanResultantLength,
  optimalKappa,
  REFERENCE_EPSILON,
} from './vmf';

describe('the vMF mathematics against 60-digit values', () => {
  it('has A_d within 1e-9 relative for every d and kappa', () => {
    for (const { d, kappa, meanResultantLength: expected } of golden.normalizer) {
      expect(
        Math.abs(meanResultantLength(d, kappa) / expected - 1),
        `d ${d}, kappa ${kappa}`,
      ).toBeLessThan(1e-9);
    }
  });

  it('has log C_d within 1e-7 absolute, and log I_v too', () => {
    for (const {
      d,
      kappa,
      logNormalizer: expected,
      logBesselI: expectedBessel,
    } of golden.normalizer) {
      expect(Math.abs(logNormalizer(d, kappa) - expected), `d ${d}, kappa ${kappa}`).toBeLessThan(
        1e-7,
      );
      expect(Math.abs(logBesselI(d / 2 - 1, kappa) - expectedBessel)).toBeLessThan(1e-7);
    }
  });

  it('has the loss and its gradient in both modes', () => {
    for (const row of golden.loss) {
      expect(loss('exact', row.d, row.r, row.kappa, row.cosTheta)).toBeCloseTo(row.exact, 7);
      expect(loss('reference', row.d, row.r, row.kappa, row.cosTheta)).toBeCloseTo(
        row.referenceEps1e6,
        6,
      );
      expect(lossGradient('exact', row.d, row.kappa, row.cosTheta) / row.kappa).toBeCloseTo(
        row.exactGradKappa,
        9,
      );
      expect(lossGradient('reference', row.d, row.kappa, row.cosTheta) / row.kappa).toBeCloseTo(
        row.referenceGradKappa,
        7,
      );
    }
  });

  it('has the optimal kappa in both modes', () => {
    for (const row of golden.optimum) {
      expect(optimalKappa(row.cosTheta, row.d, 'exact') / row.exactOptimalKappa).toBeCloseTo(1, 9);
      expect(
        optimalKappa(row.cosTheta, row.d, 'reference') / row.referenceOptimalKappa,
      ).toBeCloseTo(1, 9);
    }
    expect(optimalKappa(-0.1, 512, 'exact')).toBe(0);
    expect(() => optimalKappa(1, 512, 'exact')).toThrow(RangeError);
  });

  it('has the score of Eqn (13)', () => {
    for (const row of golden.similarity) {
      expect(
        Math.abs(mutualLikelihood(row.d, row.r, row.kappa1, row.kappa2, row.cosTheta) - row.score),
      ).toBeLessThan(1e-7);
    }
  });
});

it('stays finite at kappa 0, where the density is uniform', () => {
  expect(Number.isFinite(logNormalizer(512, 0))).toBe(true);
  expect(meanResultantLength(512, 0)).toBe(0);
  const { alignment, normalizer } = lossParts('exact', 512, 64, 0, 0.5);
  expect(alignment).toBeCloseTo(0);
  expect(Number.isFinite(normalizer)).toBe(true);
});

it.each(['exact', 'reference'] as const)(
  'splits the normalizer into the two terms that the published code logs: %s',
  (mode) => {
    for (const { d, r, kappa, cosTheta } of golden.loss) {
      const { normalizer, logKappa, logBessel } = lossParts(mode, d, r, kappa, cosTheta);
      const v = d / 2 - 1;
      const guard = mode === 'exact' ? 0 : REFERENCE_EPSILON;
      expect(logKappa).toBeCloseTo(-v * Math.log(guard + kappa), 7);
      const bessel = logBesselI(v, kappa);
      expect(logBessel).toBeCloseTo(
        mode === 'exact' ? bessel : Math.log(guard + Math.exp(bessel - kappa)) + kappa,
        7,
      );
      expect(logKappa + logBessel).toBeCloseTo(normalizer, 7);
    }
  },
);

it('pools by kappa: the sure picture weighs more', () => {
  const sure = { mu: Float32Array.of(1, 0), concentration: Float32Array.of(3) };
  const unsure = { mu: Float32Array.of(0, 1), concentration: Float32Array.of(1) };
  const pooled = scf(64).pool([sure, unsure]);
  expect(pooled.mu[0]! / pooled.mu[1]!).toBeCloseTo(3);
  expect(Math.hypot(...pooled.mu)).toBeCloseTo(1);
  expect(pooled.concentration).toEqual(Float32Array.of(2));
  expect(() => scf(64).pool([])).toThrow(RangeError);
});
