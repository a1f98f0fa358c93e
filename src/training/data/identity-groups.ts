import { seededRandom, shuffled } from '../../core/seeded-random';

/**
 * The order of an epoch for methods that learn from pairs: every picture once, in shuffled groups
 * of up to `size` pictures of one identity. A group of one picture is left out.
 * @param labels of the pictures, in their own order
 * @returns indices of pictures, 2 to `size` in a group; the same for the same seeds
 */
export function identityGroups(
  labels: readonly number[],
  size: number,
  ...seeds: readonly number[]
): number[][] {
  const random = seededRandom(...seeds);
  const byLabel = new Map<number, number[]>();
  labels.forEach((label, index) => {
    const members = byLabel.get(label);
    if (members) members.push(index);
    else byLabel.set(label, [index]);
  });
  const groups: number[][] = [];
  for (const members of byLabel.values()) {
    const order = shuffled(members, random);
    for (let start = 0; start < order.length; start += size)
      groups.push(order.slice(start, start + size));
  }
  return shuffled(
    groups.filter(({ length }) => length >= 2),
    random,
  );
}
