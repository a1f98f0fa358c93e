import { seededRandom, shuffled } from '../../core/seeded-random';
import { samplePairs } from '../pairs';

/** Some pictures of one person, as indices. */
export interface SampledTemplate {
  readonly label: string;
  readonly pictures: readonly number[];
}

/** Templates, and pairs of them by index. */
export interface SampledTemplates {
  readonly templates: readonly SampledTemplate[];
  readonly genuine: readonly (readonly [number, number])[];
  readonly impostor: readonly (readonly [number, number])[];
}

/**
 * Templates of one person, at most: a statesman with five hundred pictures would make up nearly all
 * genuine pairs.
 */
const MAX_EACH = 4;
/**
 * Impostor pairs for each genuine one: without many of them a FAR of a thousandth can't be
 * measured.
 */
const IMPOSTORS = 20;

/**
 * Makes templates of `size` pictures each: a person with twice as many pictures or more gives two
 * to {@link MAX_EACH}, no picture in two of them. Where nobody has that many, each person gives one
 * of `size`, and one of each picture besides it.
 * @param labels whose each picture is
 * @param most genuine pairs, at most
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
  const rich = people.filter(({ order }) => order.length >= 2 * size);
  const templates =
    rich.length > 0
      ? rich.flatMap(({ label, order }) =>
          Array.from({ length: Math.min(MAX_EACH, Math.floor(order.length / size)) }, (_, i) => ({
            label,
            pictures: order.slice(i * size, (i + 1) * size),
          })),
        )
      : people
          .filter(({ order }) => order.length > size)
          .flatMap(({ label, order }) => [
            { label, pictures: order.slice(0, size) },
            ...order
              .slice(size, size + MAX_EACH - 1)
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
      IMPOSTORS,
    ),
  };
}
