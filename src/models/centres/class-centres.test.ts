import { describe, expect, it } from 'vitest';
import { ClassCentreBuilder, ClassCentres } from './class-centres';
import { dot, normalised } from '../../core/vector';

/** Unit vectors in the plane, by angle in degrees. */
const at = (degrees: number) =>
  Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));
const angleOf = ([x, y]: Float32Array) => (Math.atan2(y!, x!) * 180) / Math.PI;

function centresOf(
  pictures: readonly (readonly [label: number, degrees: number])[],
  builder = new ClassCentreBuilder(2),
): ClassCentres {
  for (const [label, degrees] of pictures) builder.add(label, at(degrees));
  return builder.finish();
}

/** A builder with memory for `pictures` of each of `identities`, in two dimensions. */
const tightBuilder = (pictures: number, identities: number, expected?: number) =>
  new ClassCentreBuilder(2, expected, 8 * pictures * identities);

describe('class centres', () => {
  it('are the normalised mean of each identity, ordered by label', () => {
    const centres = centresOf([
      [7, 0],
      [3, 170],
      [7, 40],
      [3, 180],
    ]);
    expect(centres.labels).toEqual([3, 7]);
    expect(angleOf(centres.row(3)!)).toBeCloseTo(175, 4);
    expect(angleOf(centres.row(7)!)).toBeCloseTo(20, 4);
    for (const label of [3, 7]) expect(normalised(centres.row(label)!).norm).toBeCloseTo(1, 6);
  });

  it('leave out a picture of another person, but keep the identity’s own spread', () => {
    const own = [-4, -2, -1, 0, 1, 2, 4].map((degrees) => [0, degrees] as const);
    expect(angleOf(centresOf([...own, [0, 95]]).row(0)!)).toBeCloseTo(0, 4);
    // None of these is three deviations out, so all are in the mean; without the last it would
    // be 15.
    expect(
      angleOf(centresOf([0, 10, 20, 30, 45].map((degrees) => [0, degrees])).row(0)!),
    ).toBeCloseTo(20.9, 0);
  });

  it('drop none of three pictures or fewer: any of them might be the outlier', () => {
    expect(angleOf(centresOf([0, 0, 90].map((degrees) => [0, degrees])).row(0)!)).toBeCloseTo(
      26.565,
      2,
    );
  });

  it('give cos θ to the identity’s own centre, and undefined for an unknown one', () => {
    const centres = centresOf([
      [1, -10],
      [1, 10],
      [2, 90],
      [2, 90],
    ]);
    expect(centres.cosTheta(1, at(60))).toBeCloseTo(0.5, 6);
    expect(centres.cosTheta(2, at(60))).toBeCloseTo(Math.sqrt(3) / 2, 6);
    expect(centres.cosTheta(3, at(60))).toBeUndefined();
    expect(centres.row(3)).toBeUndefined();
  });

  it('do not change when the caller reuses an embedding’s array', () => {
    const builder = new ClassCentreBuilder(2);
    const reused = at(30);
    builder.add(0, reused);
    reused.set(at(200));
    builder.add(0, at(50));
    expect(angleOf(builder.finish().row(0)!)).toBeCloseTo(40, 4);
  });

  it('are computed from 32 pictures at most', () => {
    const pictures = Array.from({ length: 40 }, (_, i) => [0, i] as const);
    expect(centresOf(pictures).matrix).toEqual(centresOf(pictures.slice(0, 32)).matrix);
    expect(centresOf(pictures).matrix).not.toEqual(centresOf(pictures.slice(0, 31)).matrix);
  });
});

describe('the mean of a centre', () => {
  it('takes two pictures or more: a single one is not its own centre', () => {
    const centres = centresOf([
      [1, 0],
      [2, 10],
      [3, 20],
      [2, 30],
    ]);
    expect(centres.labels).toEqual([2]);
    expect([1, 3].map((label) => [centres.row(label), centres.centre(label)])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  it('has count and length, the lowest cosine kept, and its share of many pictures', () => {
    const own = [-4, -2, -1, 0, 1, 2, 4].map((degrees) => [0, degrees] as const);
    const dropped = centresOf([...own, [0, 95]]).centre(0)!.mean!;
    expect(dropped).toMatchObject({ count: 7, share: 1 });
    expect(dropped.lowest).toBeCloseTo(Math.cos((4 * Math.PI) / 180), 6);
    expect(dropped.length).toBeCloseTo(
      own.reduce((sum, [, degrees]) => sum + Math.cos((degrees * Math.PI) / 180), 0),
      5,
    );
    const many = centresOf(Array.from({ length: 40 }, (_, i) => [0, i] as const)).centre(0)!.mean!;
    expect([many.count, many.share, many.lowest]).toEqual([32, Math.fround(32 / 40), -1]);
  });

  it('keeps two pictures or more whatever is dropped', () => {
    for (const degrees of [
      [0, 0, 0, 90],
      [0, 60, 120, 180],
      [0, 1, 100, 101],
      [0, 0, 90, 90, 180],
    ]) {
      expect(
        centresOf(degrees.map((each) => [0, each])).centre(0)!.mean!.count,
      ).toBeGreaterThanOrEqual(2);
    }
  });

  it('is null for rows from a file', () => {
    expect(new ClassCentres(2, [4], at(10)).centre(4)).toEqual({ direction: at(10), mean: null });
  });
});

describe('the memory that centres take', () => {
  const twoOfThree = [0, 1, 2].flatMap((label) =>
    [10, 20, 80].map((degrees) => [label, 90 * label + degrees] as const),
  );

  it('is bounded by leaving further pictures out', () => {
    const centres = centresOf(twoOfThree, tightBuilder(2, 3, 3));
    for (const label of [0, 1])
      expect(angleOf(centres.row(label)!)).toBeCloseTo(90 * label + 15, 4);
  });

  it('is bounded to the same centres if the number of identities is not known', () => {
    expect(centresOf(twoOfThree, tightBuilder(2, 3)).matrix).toEqual(
      centresOf(twoOfThree, tightBuilder(2, 3, 3)).matrix,
    );
  });

  it('refuses more identities than fit, expected or seen', () => {
    const refused = expect.objectContaining({
      code: 'bad-source',
      message: expect.stringMatching(/identities, two pictures each, do not fit/),
    });
    expect(() => new ClassCentreBuilder(512, 600_000)).toThrow(refused);
    expect(() => new ClassCentreBuilder(512, 250_000)).not.toThrow();
    // One picture of each would fit, but that makes no centre.
    expect(() => new ClassCentreBuilder(512, 500_000)).toThrow(refused);
    const builder = tightBuilder(2, 2);
    builder.add(0, at(0));
    builder.add(1, at(0));
    expect(() => builder.add(2, at(0))).toThrow(refused);
  });
});

it('normalised() gives a unit vector and the norm, and leaves zero unchanged', () => {
  const { unit, norm } = normalised(Float32Array.of(3, 4));
  expect(norm).toBe(5);
  expect([...unit]).toEqual([Math.fround(0.6), Math.fround(0.8)]);
  expect(dot(unit, unit)).toBeCloseTo(1, 6);
  expect(normalised(new Float32Array(2))).toEqual({ unit: new Float32Array(2), norm: 0 });
});
