import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/seeded-random';
import { cosThetaTo } from './centre';
import { dot, normalised } from '../../core/vector';
import { cosThetaToOthers, estimateMeanPairCosine } from './cos-theta';
import { RunningCentres } from './running-centres';

const random = seededRandom(5);
const unit = (dimension = 8) =>
  normalised(Float32Array.from({ length: dimension }, () => random.normal())).unit;

/** The direction of the mean of some vectors, in float64. */
function meanDirection(vectors: readonly Float32Array[]): Float32Array {
  return normalised(
    Float32Array.from(vectors[0]!, (_, i) => vectors.reduce((sum, vector) => sum + vector[i]!, 0)),
  ).unit;
}

/** cos θ to `others`, with the mean pair cosine estimated from all pairs of `all`. */
function expectedTo(
  others: readonly Float32Array[],
  embedding: Float32Array,
  all: readonly Float32Array[],
): number {
  const sum = others.reduce(
    (total, vector) => total.map((value, i) => value + vector[i]!),
    new Float32Array(8),
  );
  const cosines = all.flatMap((a, i) => all.slice(i + 1).map((b) => dot(a, b)));
  const likeness = estimateMeanPairCosine(
    cosines.reduce((total, cosine) => total + cosine, 0),
    cosines.length,
  );
  return cosThetaToOthers(dot(embedding, sum), dot(sum, sum), others.length, likeness)!;
}

describe('growing centres', () => {
  it('are the direction of the mean of earlier pictures, from two on', () => {
    const [centres, seen] = [new RunningCentres(8), [unit(), unit(), unit()]];
    const probe = unit();
    expect([centres.centre(3), centres.cosThetaWithout(3, probe, null)]).toEqual([
      undefined,
      undefined,
    ]);
    seen.forEach((embedding, i) => {
      centres.add(3, embedding);
      const before = seen.slice(0, i + 1);
      expect(centres.cosThetaWithout(3, probe, null)).toBeCloseTo(
        expectedTo(before, probe, before),
        6,
      );
      expect(centres.singles).toBe(i === 0 ? 1 : 0);
      if (i === 0) return expect(centres.centre(3)).toBeUndefined();
      const { direction, mean } = centres.centre(3)!;
      expect(dot(direction, meanDirection(before))).toBeCloseTo(1, 6);
      expect(mean).toMatchObject({ count: i + 1, share: 1, lowest: -1 });
    });
    expect(centres.count(3)).toBe(3);
    expect(centres.centre(4)).toBeUndefined();
  });

  it('leave a picture out of its own comparison; a single one has none', () => {
    const centres = new RunningCentres(8);
    const [a, b, c] = [unit(), unit(), unit()];
    centres.add(0, a);
    expect(centres.cosThetaWithout(0, a, a)).toBeUndefined();
    centres.add(0, b);
    centres.add(0, c);
    expect(centres.cosThetaWithout(0, a, a)).toBeCloseTo(expectedTo([b, c], a, [a, b, c]), 5);
    const probe = unit();
    expect(centres.cosThetaWithout(0, probe, c)).toBeCloseTo(
      expectedTo([a, b], probe, [a, b, c]),
      5,
    );
    expect(centres.cosThetaWithout(0, probe, c)).toBeCloseTo(
      cosThetaTo(centres.centre(0)!, probe, c),
      5,
    );
  });

  it('give undefined, not rounding error, if the other pictures cancel out', () => {
    const centres = new RunningCentres(2);
    const own = Float32Array.of(1, 0);
    for (const embedding of [own, Float32Array.of(0, 1), Float32Array.of(0, -1)])
      centres.add(0, embedding);
    expect(centres.cosThetaWithout(0, own, own)).toBeUndefined();
  });

  it('hold many identities, and refuse more than fit', () => {
    const centres = new RunningCentres(4, 4 * 4 * 2048);
    const embeddings = Array.from({ length: 2048 }, () => unit(4));
    embeddings.forEach((embedding, label) => centres.add(2 * label, embedding));
    embeddings.forEach((embedding, label) =>
      expect(dot(normalised(centres.sum(2 * label)!).unit, embedding)).toBeCloseTo(1, 6),
    );
    expect(centres.labels).toHaveLength(2048);
    expect(() => centres.add(1, unit(4))).toThrow(/2,048 identities/);
    centres.add(0, unit(4));
  });
});
