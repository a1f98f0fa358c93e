import { seededRandom, shuffled } from '../formats/seeded-random';

/** Index pairs into a set of labelled pictures. */
export interface SampledPairs {
  readonly genuine: readonly (readonly [number, number])[];
  readonly impostor: readonly (readonly [number, number])[];
}

/** Up to `most` pairs of each kind, drawn from the seed; the kinds come out equally many where the labels allow it. */
export function samplePairs(labels: readonly number[], most: number, seed: number): SampledPairs {
  const random = seededRandom(seed, 0x70616972);
  const byLabel = new Map<number, number[]>();
  labels.forEach((label, index) => byLabel.set(label, [...(byLabel.get(label) ?? []), index]));
  const all: [number, number][] = [];
  for (const members of byLabel.values()) {
    for (let i = 0; i < members.length; i++) for (let j = i + 1; j < members.length; j++) all.push([members[i]!, members[j]!]);
  }
  const genuine = shuffled(all, random).slice(0, most);
  const impostor: [number, number][] = [];
  if (byLabel.size > 1) {
    while (impostor.length < Math.max(genuine.length, 1)) {
      const [a, b] = [random.int(labels.length), random.int(labels.length)];
      if (labels[a] !== labels[b]) impostor.push([a, b]);
    }
  }
  return { genuine, impostor };
}
