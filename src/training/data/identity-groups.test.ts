import { expect, it } from 'vitest';
import { identityGroups } from './identity-groups';

const labels = [5, 7, 5, 9, 5, 7, 5, 5, 7, 7, 5];

it('groups every picture once with others of its person, and leaves out single pictures', () => {
  const groups = identityGroups(labels, 4, 1, 0);
  for (const group of groups) {
    expect(group.length).toBeGreaterThanOrEqual(2);
    expect(group.length).toBeLessThanOrEqual(4);
    expect(new Set(group.map((index) => labels[index])).size).toBe(1);
  }
  const taken = groups.flat();
  expect(new Set(taken).size).toBe(taken.length);
  // Six of 5 make 4 + 2, four of 7 make 4, and 9 is alone.
  expect(groups.map(({ length }) => length).sort()).toEqual([2, 4, 4]);
});

it('is the same for the same seeds, and differs between epochs', () => {
  expect(identityGroups(labels, 2, 1, 0)).toEqual(identityGroups(labels, 2, 1, 0));
  expect(identityGroups(labels, 2, 1, 0)).not.toEqual(identityGroups(labels, 2, 1, 1));
});
