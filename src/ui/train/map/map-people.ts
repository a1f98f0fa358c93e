import type { FaceMapState } from './face-map-slice';

/** Faces of a map that was made of kept features, at most: they are read again. */
const SAMPLE = 144;

/** The person of a picture, and the indices of all pictures of that person on the map. */
export function personOnMap(
  { labels }: Pick<FaceMapState, 'labels'>,
  at: number,
): { readonly label: number; readonly mates: readonly number[] } {
  const label = labels[at]!;
  const mates: number[] = [];
  labels.forEach((each, index) => {
    if (each === label) mates.push(index);
  });
  return { label, mates };
}

/** Indices of pictures spread over the map's list. */
export function sampleOnMap({ labels }: Pick<FaceMapState, 'labels'>): readonly number[] {
  const wanted = Math.min(SAMPLE, labels.length);
  return Array.from({ length: wanted }, (_, i) => Math.floor((i * labels.length) / wanted));
}

/**
 * The picture that a key leads to: ← and → to the person before and after, by label, ↑ and ↓ to
 * other pictures of one person.
 * @param at where it begins; null for nowhere, from which every arrow leads to the first person
 * @returns null for another key
 */
export function nextOnMap(
  map: Pick<FaceMapState, 'labels'>,
  at: number | null,
  key: string,
): number | null {
  const turn = arrows[key];
  if (!turn || map.labels.length === 0) return null;
  const people = [...new Set(map.labels)].sort((a, b) => a - b);
  if (at === null) return map.labels.indexOf(people[0]!);
  const { label, mates } = personOnMap(map, at);
  if (turn.of === 'pictures') return around(mates, mates.indexOf(at) + turn.by);
  return map.labels.indexOf(around(people, people.indexOf(label) + turn.by));
}

const arrows: Readonly<
  Record<string, { readonly of: 'people' | 'pictures'; readonly by: 1 | -1 } | undefined>
> = {
  ArrowRight: { of: 'people', by: 1 },
  ArrowLeft: { of: 'people', by: -1 },
  ArrowDown: { of: 'pictures', by: 1 },
  ArrowUp: { of: 'pictures', by: -1 },
};

/** The item at an index; beyond an end it goes on at the other. */
const around = <T>(items: readonly T[], index: number): T =>
  items[(index + items.length) % items.length]!;
