import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/seeded-random';
import { cosThetaTo } from './centre';
import { ClassCentreBuilder } from './class-centres';
import { dot, normalised } from '../../core/vector';
import { cosThetaToOthers } from './cos-theta';

const D = 128;
const random = seededRandom(31);
const direction = () => normalised(Float32Array.from({ length: D }, () => random.normal())).unit;

/** A unit vector whose cosine to w is c. */
function around(w: Float32Array, c: number): Float32Array {
  const stray = direction();
  const across = normalised(stray.map((value, i) => value - dot(stray, w) * w[i]!)).unit;
  return across.map((value, i) => c * w[i]! + Math.sqrt(1 - c * c) * value);
}

/** Pictures of people with known true centres; their cos θ is between .4 and .9. */
function people(identities: number, pictures: number) {
  return Array.from({ length: identities }, () => {
    const w = direction();
    const cosines = Array.from({ length: pictures }, () => 0.4 + 0.5 * random.next());
    return { w, cosines, embeddings: cosines.map((c) => around(w, c)) };
  });
}

function centresOf(set: readonly { readonly embeddings: readonly Float32Array[] }[]) {
  const builder = new ClassCentreBuilder(D, set.length);
  set.forEach(({ embeddings }, label) =>
    embeddings.forEach((embedding) => builder.add(label, embedding)),
  );
  return builder.finish();
}

describe('cos θ to a centre that is a mean of pictures', () => {
  it.each([2, 3, 5, 10])(
    'of %i pictures is right on average, unlike that to all of them or to the others',
    (pictures) => {
      const set = people(300, pictures);
      const centres = centresOf(set);
      const errors = { itself: 0, others: 0, corrected: 0 };
      set.forEach(({ cosines, embeddings }, label) => {
        const sum = embeddings.reduce(
          (total, e) => total.map((value, i) => value + e[i]!),
          new Float32Array(D),
        );
        cosines.forEach((c, i) => {
          const e = embeddings[i]!;
          const others = normalised(sum.map((value, at) => value - e[at]!)).unit;
          errors.itself += (dot(e, centres.row(label)!) - c) / (300 * pictures);
          errors.others += (dot(e, others) - c) / (300 * pictures);
          errors.corrected += (cosThetaTo(centres.centre(label)!, e, e) - c) / (300 * pictures);
        });
      });
      expect(Math.abs(errors.corrected)).toBeLessThan(0.01);
      expect(errors.itself).toBeGreaterThan(0.3 / pictures);
      expect(errors.others).toBeLessThan(-0.3 / pictures);
    },
  );

  it('leaves out the picture itself, or the original of a degraded copy', () => {
    const [{ embeddings }] = people(1, 3) as [ReturnType<typeof people>[number]];
    const centre = centresOf([{ embeddings }]).centre(0)!;
    const [own, ...others] = embeddings as [Float32Array, ...Float32Array[]];
    const sum = others[0]!.map((value, i) => value + others[1]![i]!);
    const copy = around(own, 0.6);
    for (const seen of [own, copy]) {
      const expected = cosThetaToOthers(
        dot(seen, sum),
        dot(sum, sum),
        2,
        centre.mean!.meanPairCosine,
      )!;
      expect(cosThetaTo(centre, seen, own)).toBeCloseTo(expected, 5);
    }
  });

  it('compares a dropped outlier with the unchanged mean', () => {
    const w = direction();
    const [stranger, own] = [
      direction(),
      Array.from({ length: 9 }, () => around(w, 0.8 + 0.05 * random.next())),
    ];
    const centre = centresOf([{ embeddings: [...own, stranger] }]).centre(0)!;
    const { count, length, meanPairCosine } = centre.mean!;
    expect(count).toBe(9);
    expect(cosThetaTo(centre, stranger, stranger)).toBeCloseTo(
      cosThetaToOthers(length * dot(stranger, centre.direction), length ** 2, 9, meanPairCosine)!,
      6,
    );
  });

  it('is the cosine to the row if the row is no mean', () => {
    const [row, e] = [direction(), direction()];
    expect(cosThetaTo({ direction: row, mean: null }, e, e)).toBe(dot(e, row));
  });
});
