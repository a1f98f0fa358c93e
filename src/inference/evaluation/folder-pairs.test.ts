import { describe, expect, it } from 'vitest';
import { pairsFromFolders } from './folder-pairs';
import { lostKindNotice } from './kinds-of-pairs';

/** Pictures of people, so many of each. */
const picturesOf = (...counts: readonly number[]) =>
  counts.flatMap((count, person) =>
    Array.from({ length: count }, (_, i) => ({
      name: `p${person}/${i}.jpg`,
      person: `p${person}`,
    })),
  );
const personOf = (name: string) => name.split('/')[0]!;
const from = (pictures: ReturnType<typeof picturesOf>, perPerson = 20, seed = 7) =>
  pairsFromFolders('set', pictures, { perPerson, seed });

describe('pairs from folders', () => {
  // 5 people with 10, 12 with 4, 13 with one picture.
  const people = [...Array<number>(5).fill(10), ...Array<number>(12).fill(4)];
  const pictures = picturesOf(...people, ...Array<number>(13).fill(1));

  it('are all genuine ones up to K a person, and as many impostor pairs, by the seed', () => {
    const { pairs, note } = from(pictures);
    const genuine = pairs.filter(({ same }) => same);
    // 45 pairs of ten pictures are cut to 20; four pictures have 6.
    expect(genuine).toHaveLength(5 * 20 + 12 * 6);
    expect(pairs).toHaveLength(2 * genuine.length);
    for (const { a, b, same } of pairs) {
      expect(personOf(a) === personOf(b)).toBe(same);
      expect(a).not.toBe(b);
    }
    expect(new Set(pairs.map(({ a, b }) => [a, b].sort().join(' '))).size).toBe(pairs.length);
    expect(from(pictures).pairs).toEqual(pairs);
    expect(from(pictures, 20, 8).pairs).not.toEqual(pairs);
    expect(note).toBe(
      '344 pairs were made from the folders of set: 172 genuine, at most 20 of each person, and ' +
        '172 impostor, in 10 folds, and nobody is in two of them.',
    );
  });

  it('come in ten folds that share nobody, each with both kinds', () => {
    const { pairs } = from(pictures, 3);
    const foldsOf = new Map<string, Set<number>>();
    for (const { a, b, fold } of pairs)
      for (const person of [a, b].map(personOf))
        foldsOf.set(person, (foldsOf.get(person) ?? new Set()).add(fold));
    expect([...foldsOf.values()].every(({ size }) => size === 1)).toBe(true);
    for (let fold = 0; fold < 10; fold++) {
      const own = pairs.filter((pair) => pair.fold === fold);
      expect(own.filter(({ same }) => same).length).toBeGreaterThan(0);
      expect(own.filter(({ same }) => !same).length).toBeGreaterThan(0);
    }
  });

  it('of few people are in one fold, and say so', () => {
    const { pairs, note } = from(picturesOf(3, 2, 1));
    expect(pairs.filter(({ same }) => same)).toHaveLength(4);
    expect(new Set(pairs.map(({ fold }) => fold))).toEqual(new Set([0]));
    expect(note).toContain('too few people for folds that share nobody');
  });

  it.each([
    [picturesOf(), 'lies in a folder of its person: no pairs can be made'],
    [picturesOf(5), 'All pictures of set lie in one folder, p0: no impostor pair'],
    [picturesOf(1, 1, 1), 'The 3 folders of set hold one picture each: no genuine pair'],
  ])('are refused where a kind would have none', (some, message) => {
    expect(() => from(some)).toThrow(
      expect.objectContaining({ code: 'bad-source', message: expect.stringContaining(message) }),
    );
  });
});

it('pairs of one kind that were all lost are reported', () => {
  const [same, other] = [{ same: true }, { same: false }];
  expect(lostKindNotice('clean', [same, other, other], [same])).toContain(
    'None of the 2 impostor pairs of “clean” has a score',
  );
  expect(lostKindNotice('clean', [same, other], [same, other])).toBeNull();
  expect(lostKindNotice('clean', [same, other], [])).toBeNull();
});
