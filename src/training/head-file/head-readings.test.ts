import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/seeded-random';
import { normalised } from '../../core/vector';
import type { ReadingPolicy } from '../../inference/reading-policy';
import type { HeadReading } from '../session/run-events';
import { validationFaces, type ValidationFace } from '../session/validation';
import { scoreHead } from './head-readings';
import { weaknessOf } from './head-weakness';

const DIMENSION = 16;
const config = { method: 'scf', radius: 64 } as const;

/** Three pictures of each person; the sharper, the nearer to the person's direction. */
function facesOf(people: number, seed: number, pictures = 3): ValidationFace[] {
  return Array.from({ length: people * pictures }, (_, at) => {
    const label = Math.floor(at / pictures);
    const [person, own] = [seededRandom(seed, label), seededRandom(seed, label, at)];
    const noise = own.next();
    const mu = normalised(
      Float32Array.from({ length: DIMENSION }, () => person.normal() + noise * own.normal()),
    ).unit;
    return {
      mu,
      concentration: Float32Array.of(20 + 200 * (1 - noise)),
      label,
      picture: at,
      copy: 0,
      severity: noise > 0.5 ? noise : 0,
      cosTheta: 1 - noise / 2,
    };
  });
}

const heldOf = (policy: ReadingPolicy, faces: readonly ValidationFace[]) =>
  validationFaces(policy, faces, 1);

describe('the scores of a head', () => {
  const [single, full] = [heldOf('single', facesOf(12, 1)), heldOf('full', facesOf(12, 2))];

  it('are calibrated on pictures as Compare reads them, else on single views', () => {
    const both = scoreHead([single, full], config, 5);
    expect(both.readings.map(({ policy }) => policy)).toEqual(['single', 'full']);
    expect(both.calibration).toEqual(scoreHead([full], config, 5).calibration);
    const alone = scoreHead([single], config, 5).calibration;
    expect(alone).not.toBeNull();
    expect(both.calibration).not.toEqual(alone);
    for (const { policy, distributions } of both.readings)
      expect(distributions.map((each) => [each.policy, each.method])).toEqual([
        [policy, 'scf'],
        [policy, 'scf-calibrated'],
        [policy, 'cosine'],
      ]);
  });

  it('have a profile of κ, of pictures that are not degraded apart', () => {
    const faces = facesOf(12, 1).map((face, at) => (at % 3 === 2 ? { ...face, copy: 1 } : face));
    const [reading] = scoreHead([heldOf('single', faces)], config, 5).readings;
    const clean = faces.filter(({ copy, severity }) => copy === 0 && severity === 0);
    expect(reading!.kappa).toMatchObject({ pictures: 36, cleanPictures: clean.length });
    expect(reading!.kappa!.spearman).toBeCloseTo(1, 6);
    expect(reading!.kappa!.clean[0]).toBeCloseTo(
      Math.min(...clean.map(({ concentration }) => concentration[0]!)),
      3,
    );
  });

  it('are none without pairs, and have no profile without clean pictures', () => {
    const strangers = scoreHead([heldOf('full', facesOf(5, 1, 1))], config, 5);
    expect(strangers.calibration).toBeNull();
    expect(strangers.readings[0]).toMatchObject({ distributions: [] });
    const blurred = facesOf(5, 1).map((face) => ({ ...face, severity: 0.5 }));
    expect(scoreHead([heldOf('full', blurred)], config, 5).readings[0]!.kappa).toBeNull();
    const empty = { policy: 'full', kappa: null, distributions: [] };
    expect(scoreHead([heldOf('full', [])], config, 5).readings).toEqual([empty]);
    expect(scoreHead([], config, 0)).toEqual({ calibration: null, readings: [] });
  });
});

it('judges a head by its κ as Compare reads pictures, else by that of single views', () => {
  const readingOf = (policy: ReadingPolicy, band: number): HeadReading => {
    const all = Array.from({ length: 101 }, (_, i) => 100 * band ** (i / 90));
    return {
      policy,
      kappa: { all, clean: all, pictures: 200, cleanPictures: 200, spearman: 0.9 },
      distributions: [],
    };
  };
  const [wide, narrow] = [3, 1.5];
  expect(weaknessOf([readingOf('single', narrow), readingOf('full', wide)])).toBeNull();
  expect(weaknessOf([readingOf('single', wide), readingOf('full', narrow)])).toMatch(/1\.50/);
  expect(weaknessOf([readingOf('single', narrow)])).toMatch(/hardly varies/);
  // A 1/σ² for each dimension varies less by nature.
  const none = {
    step: 1,
    policy: 'full' as const,
    genuine: new Float32Array(),
    impostor: new Float32Array(),
  };
  const perDimension = {
    ...readingOf('full', narrow),
    distributions: [{ ...none, method: 'pfe-g' as const }],
  };
  expect(weaknessOf([perDimension])).toBeNull();
  expect(weaknessOf([{ ...readingOf('full', narrow), kappa: null }])).toBeNull();
});
