import { describe, expect, it } from 'vitest';
import { severity } from '../faces/face-record';
import { PicturePlan, type NamedPair } from './picture-plan';

const pairs: NamedPair[] = [
  { a: 'x', b: 'y', same: true, fold: 0 },
  { a: 'x', b: 'z', same: false, fold: 1 },
];

describe('a plan of pictures', () => {
  it('reads the unchanged variant of a picture once', () => {
    const plan = new PicturePlan();
    const planned = [...plan.addPairs(pairs, 'none', 1), ...plan.addPairs(pairs, 'none', 2)];
    expect(plan.tasks).toEqual(['x', 'y', 'z'].map((picture) => ({ picture, variants: [null] })));
    expect(planned[1]).toEqual({
      a: [{ picture: 0, variant: 0 }],
      b: [{ picture: 2, variant: 0 }],
      same: false,
      fold: 1,
    });
    expect(planned[0]).toEqual(planned[2]);
    expect(plan.faces).toBe(3);
  });

  it('can degrade a picture once for all its pairs and templates', () => {
    const plan = new PicturePlan();
    const [one, other] = plan.addPairs(pairs, 'both', 5, true);
    expect(one!.a).toEqual(other!.a);
    expect(plan.addPairs(pairs, 'both', 5, true)[0]).toEqual(one);
    expect(plan.addTemplates([{ pictures: ['y', 'x'] }], 'both', 5, true)[0]![1]).toEqual(
      one!.a[0],
    );
    expect(plan.addPairs(pairs, 'both', 6, true)[0]!.a).not.toEqual(one!.a);
    expect(severity(plan.tasks[0]!.variants[1]!.levels)).toBeGreaterThan(0);
  });

  it('degrades one or both pictures of a pair, differently, and the same for a seed', () => {
    const many = Array.from({ length: 40 }, () => pairs[0]!);
    const degradedOf = (share: 'one' | 'both', seed: number) => {
      const plan = new PicturePlan();
      return plan
        .addPairs(many, share, seed)
        .map(({ a, b }) =>
          [a, b].map(([face]) => plan.tasks[face!.picture]!.variants[face!.variant]),
        );
    };
    const one = degradedOf('one', 7);
    for (const sides of one) expect(sides.filter((state) => state !== null)).toHaveLength(1);
    expect(new Set(one.map(([a]) => a === null)).size, 'either side').toBe(2);
    const both = degradedOf('both', 7).flat();
    for (const state of both) expect(severity(state!.levels)).toBeGreaterThan(0);
    expect(new Set(both.map((state) => JSON.stringify(state))).size).toBe(80);
    expect(degradedOf('both', 7).flat()).toEqual(both);
    expect(degradedOf('both', 8).flat()).not.toEqual(both);
  });

  it('leaves the first picture of a template unchanged', () => {
    const states = (share: 'none' | 'one' | 'both') => {
      const plan = new PicturePlan();
      const [faces] = plan.addTemplates([{ pictures: ['p', 'q', 'r'] }], share, 5);
      return faces!.map(({ picture, variant }) => plan.tasks[picture]!.variants[variant] !== null);
    };
    expect(states('none')).toEqual([false, false, false]);
    expect(states('one')).toEqual([false, true, false]);
    expect(states('both')).toEqual([false, true, true]);
  });
});
