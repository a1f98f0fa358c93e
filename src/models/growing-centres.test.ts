import { describe, expect, it } from 'vitest';
import { seededRandom } from '../formats/seeded-random';
import { dot, normalised } from './class-centres';
import { GrowingCentres } from './growing-centres';

const random = seededRandom(5);
const unit = (dimension = 8) => normalised(Float32Array.from({ length: dimension }, () => random.normal())).unit;

/** The direction of the mean of some vectors, in float64. */
function meanDirection(vectors: readonly Float32Array[]): Float32Array {
  return normalised(Float32Array.from(vectors[0]!, (_, i) => vectors.reduce((sum, vector) => sum + vector[i]!, 0))).unit;
}

describe('growing centres', () => {
  it('are the direction of the mean of what came before', () => {
    const [centres, seen] = [new GrowingCentres(8), [unit(), unit(), unit()]];
    const probe = unit();
    expect([centres.row(3), centres.cosTheta(3, probe)]).toEqual([undefined, undefined]);
    seen.forEach((embedding, i) => {
      centres.add(3, embedding);
      const mean = meanDirection(seen.slice(0, i + 1));
      expect(centres.cosTheta(3, probe)).toBeCloseTo(dot(probe, mean), 6);
      expect(dot(centres.row(3)!, mean)).toBeCloseTo(1, 6);
    });
    expect(centres.count(3)).toBe(3);
    expect(centres.cosTheta(4, probe)).toBeUndefined();
  });

  it('leave a picture out of its own comparison, which one alone doesn’t have', () => {
    const centres = new GrowingCentres(8);
    const [a, b, c] = [unit(), unit(), unit()];
    centres.add(0, a);
    expect(centres.cosThetaWithout(0, a, a)).toBeUndefined();
    centres.add(0, b);
    centres.add(0, c);
    expect(centres.cosThetaWithout(0, a, a)).toBeCloseTo(dot(a, meanDirection([b, c])), 6);
    const probe = unit();
    expect(centres.cosThetaWithout(0, probe, c)).toBeCloseTo(dot(probe, meanDirection([a, b])), 6);
  });

  it('are undefined, not a number made of rounding, where the others cancel out', () => {
    const centres = new GrowingCentres(2);
    const own = Float32Array.of(1, 0);
    for (const embedding of [own, Float32Array.of(0, 1), Float32Array.of(0, -1)]) centres.add(0, embedding);
    expect(centres.cosThetaWithout(0, own, own)).toBeUndefined();
  });

  it('hold many identities, and refuse more than fit', () => {
    const centres = new GrowingCentres(4, 4 * 4 * 2048);
    const embeddings = Array.from({ length: 2048 }, () => unit(4));
    embeddings.forEach((embedding, label) => centres.add(2 * label, embedding));
    embeddings.forEach((embedding, label) => expect(centres.cosTheta(2 * label, embedding)).toBeCloseTo(1, 6));
    expect(centres.labels).toHaveLength(2048);
    expect(() => centres.add(1, unit(4))).toThrow(/2,048 identities/);
    centres.add(0, unit(4));
  });
});
