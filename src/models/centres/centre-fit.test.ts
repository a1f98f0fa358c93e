import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/seeded-random';
import { centreAgreement } from './centre-agreement';
import { centreFit, labelWithoutRow } from './centre-fit';
import { ClassCentres } from './class-centres';
import { normalised } from '../../core/vector';

const D = 32;
const random = seededRandom(4);
const direction = () => normalised(Float32Array.from({ length: D }, () => random.normal())).unit;

function centresOf(labels: number[]): ClassCentres {
  const matrix = new Float32Array(labels.length * D);
  labels.forEach((_, row) => matrix.set(direction(), row * D));
  return new ClassCentres(D, labels, matrix);
}

describe('labels against rows', () => {
  const centres = centresOf([0, 1, 3, 4]);

  it('fit if each has a row, even if some rows are not used', () => {
    expect(centreFit(new Set([0, 3]), centres, 5)).toEqual({
      fits: true,
      largest: 3,
      outside: 0,
      unused: 2,
      sentence: 'All 2 labels have a row; 2 of 5 rows are not used.',
    });
  });

  it("don't fit beyond the last row, or if a row is zeros", () => {
    expect(centreFit(new Set([0, 2, 7]), centres, 5)).toMatchObject({
      fits: false,
      largest: 7,
      outside: 2,
      unused: 3,
    });
    expect(centreFit(new Set([0, 2, 7]), centres, 5).sentence).toBe(
      '2 of 3 labels, the largest of which is 7, have no row: the centres have 5, for ' +
        'labels 0 to 4.',
    );
  });

  it('of well-known sets are recognised', () => {
    const labels = new Set(Array.from({ length: 93_431 }, (_, label) => label));
    const { fits, sentence } = centreFit(
      labels,
      new ClassCentres(
        1,
        Array.from({ length: 85_742 }, (_, row) => row),
        new Float32Array(85_742).fill(1),
      ),
      85_742,
    );
    expect(fits).toBe(false);
    expect(sentence).toContain(
      '7,689 of 93,431 labels, the largest of which is 93,430, have no row',
    );
    expect(sentence).toContain('MS1MV2 has 85,742 people, and MS1MV3 has 93,431 people.');
  });

  it('without a row give an error with what was expected', () => {
    expect(labelWithoutRow(7, centres)).toMatchObject({
      code: 'bad-checkpoint',
      message: 'The source has the label 7; class centres go from label 0 to 4.',
    });
    expect(labelWithoutRow(2, centres).message).toBe(
      'The source has the label 2; its row of the class centres is missing or zeros.',
    );
  });
});

describe('agreement of labels and rows', () => {
  const labels = Array.from({ length: 40 }, (_, label) => label);
  const centres = centresOf(labels);
  /** Pictures around the centre of `rowOf(label)`, as noisy as poor photographs. */
  const pictures = (count: number, rowOf: (label: number) => number) =>
    Array.from({ length: count }, (_, i) => {
      const [near, noise] = [centres.row(rowOf(i % 40))!, direction()];
      return {
        label: i % 40,
        embedding: normalised(near.map((value, at) => 0.4 * value + noise[at]!)).unit,
      };
    });

  it('is found for pictures near their own row', () => {
    const found = centreAgreement(
      pictures(200, (label) => label),
      centres,
      1,
    );
    expect(found).toMatchObject({ pictures: 200, agrees: true });
    expect(found.own).toBeGreaterThan(found.other + 0.2);
    expect(found.sentence).toContain('The labels match these class centres: cos θ of 200 pictures');
  });

  it('is not found for a permutation, a shift by one, or a set with few common labels', () => {
    for (const rowOf of [
      (label: number) => (7 * label + 3) % 40,
      (label: number) => (label + 1) % 40,
      (label: number) => (label < 8 ? label : (label + 11) % 40),
    ]) {
      const found = centreAgreement(pictures(200, rowOf), centres, 1);
      expect(found.agrees).toBe(false);
      expect(found.sentence).toContain('The labels do not match these class centres');
      expect(found.share).toBeLessThan(0.7);
    }
  });

  it('is not judged from a few pictures', () => {
    expect(
      centreAgreement(
        pictures(10, (label) => label),
        centres,
        1,
      ).agrees,
    ).toBeNull();
    expect(centreAgreement([], centres, 1).agrees).toBeNull();
  });
});
