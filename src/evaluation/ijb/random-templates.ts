import { seededRandom, shuffled } from '../../core/seeded-random';
import { samplePairs } from '../pairs';

/** A template: indices of some pictures of one person. */
export interface SampledTemplate {
  readonly label: string;
  readonly pictures: readonly number[];
}

/** Templates, and pairs of their indices. */
export interface SampledTemplates {
  readonly templates: readonly SampledTemplate[];
  readonly genuine: readonly (readonly [number, number])[];
  readonly impostor: readonly (readonly [number, number])[];
}

/**
 * A person with five hundred pictures would otherwise make up nearly all genuine pairs.
 */
const MAX_TEMPLATES_PER_PERSON = 4;
/**
 * Impostor pairs for each genuine one. A FAR of a thousandth can't be measured with few of them.
 */
const IMPOSTORS_PER_GENUINE = 20;

/**
 * Draws disjoint templates of `size` pictures each: two to {@link MAX_TEMPLATES_PER_PERSON} of each
 * person with at least twice as many pictures. If nobody has that many, each person with more than
 * `size` gives one template of `size` pictures, and templates of single ones.
 * @param labels the person of each picture
 * @param most the largest number of genuine pairs
 */
export function sampleTemplates(
  labels: readonly string[],
  { size, most, seed }: { readonly size: number; readonly most: number; readonly seed: number },
): SampledTemplates {
  const random = seededRandom(seed, 0x74706c);
  const byLabel = new Map<string, number[]>();
  labels.forEach((label, index) => {
    const members = byLabel.get(label);
    if (members) members.push(index);
    else byLabel.set(label, [index]);
  });
  const people = [...byLabel].map(([label, members]) => ({
    label,
    order: shuffled(members, random),
  }));
  const withTwo = people.filter(({ order }) => order.length >= 2 * size);
  const templates =
    withTwo.length > 0
      ? withTwo.flatMap(({ label, order }) =>
          Array.from(
            { length: Math.min(MAX_TEMPLATES_PER_PERSON, Math.floor(order.length / size)) },
            (_, i) => ({
              label,
              pictures: order.slice(i * size, (i + 1) * size),
            }),
          ),
        )
      : people
          .filter(({ order }) => order.length > size)
          .flatMap(({ label, order }) => [
            { label, pictures: order.slice(0, size) },
            ...order
              .slice(size, size + MAX_TEMPLATES_PER_PERSON - 1)
              .map((picture) => ({ label, pictures: [picture] })),
          ]);
  const numbers = new Map(
    [...new Set(templates.map(({ label }) => label))].map((label, index) => [label, index]),
  );
  return {
    templates,
    ...samplePairs(
      templates.map(({ label }) => numbers.get(label)!),
      most,
      seed,
      { impostors: IMPOSTORS_PER_GENUINE },
    ),
  };
}
