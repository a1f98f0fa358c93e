import { sampleTemplates } from '../../evaluation/ijb/random-templates';
import type { DegradedShare, PicturePlan, PlannedPair } from '../picture-plan';
import { counted } from '../../core/number-words';
import { seededRandom } from '../../core/seeded-random';
import { StudioError } from '../../core/studio-error';
import type { EvaluationSet } from './evaluation-set';

/**
 * What an evaluation compares: pairs of two pictures, or pairs of templates of `size` pictures
 * each, with some of the pictures degraded.
 */
export type Protocol =
  | { readonly kind: 'pairs'; readonly degraded: DegradedShare }
  | { readonly kind: 'templates'; readonly size: number; readonly degraded: DegradedShare };

/** Upper bound for genuine pairs of templates; a few hundred fix a TAR to a percent. */
const MAX_TEMPLATE_PAIRS = 2000;

/** The protocol's name in results, such as `templates of 4, 3 degraded`. */
export function protocolName(protocol: Protocol): string {
  const { kind, degraded } = protocol;
  if (kind === 'pairs') return degraded === 'none' ? 'clean' : `${degraded} degraded`;
  const { size } = protocol;
  if (degraded === 'none') return `templates of ${size}, clean`;
  return `templates of ${size}, ${degraded === 'one' ? 1 : size - 1} degraded`;
}

/** How often the degradations of a protocol are drawn, where nothing else is asked for. */
export const DEGRADE_SEEDS = 5;

/**
 * The seeds that a protocol's degradations are drawn with: the evaluation's own, and others derived
 * from it. One where nothing is degraded.
 */
export function degradeSeedsOf({ degraded }: Protocol, seed: number, draws: number): number[] {
  return Array.from({ length: degraded === 'none' ? 1 : draws }, (_, draw) =>
    draw === 0 ? seed : seededRandom(seed, 0x64726177, draw).int(2 ** 32),
  );
}

/**
 * Adds a protocol's pictures to the plan.
 * @param seed draws templates
 * @param degradeSeed draws degradations: with another one, the pairs are the same
 * @returns the protocol's pairs, as faces of the plan
 * @throws StudioError `bad-source` if the set has no pairs, or too few pictures for templates
 */
export function planPairs(
  protocol: Protocol,
  set: EvaluationSet,
  plan: PicturePlan,
  seed: number,
  degradeSeed: number,
): readonly PlannedPair[] {
  const once = set.isDegradedOnce;
  switch (protocol.kind) {
    case 'pairs': {
      if (set.pairs.length === 0)
        throw new StudioError(
          'bad-source',
          `${set.name} has no pairs.`,
          'Name a list of pairs or a verification set, or have pairs made from the folders: ' +
            '--pairs-from-folders, in the page “Make pairs from the folders”.',
        );
      const personOf = new Map(set.pictures.map(({ name, person }) => [name, person]));
      return plan.addPairs(set.pairs, protocol.degraded, degradeSeed, once).map((pair, i) => {
        const [a, b] = [personOf.get(set.pairs[i]!.a), personOf.get(set.pairs[i]!.b)];
        return a === undefined || b === undefined ? pair : { ...pair, people: [a, b] };
      });
    }
    case 'templates': {
      const { pictures } = set;
      const { templates, genuine, impostor } = sampleTemplates(
        pictures.map(({ person }) => person),
        { size: protocol.size, most: MAX_TEMPLATE_PAIRS, seed },
      );
      if (genuine.length === 0) {
        throw new StudioError(
          'bad-source',
          `No person in ${set.name} has enough pictures for two templates of ` +
            `${protocol.size} (${counted(pictures.length, 'picture')} known by person).`,
          'Choose smaller templates, or a set with more pictures of each person.',
        );
      }
      const faces = plan.addTemplates(
        templates.map((template) => ({
          pictures: template.pictures.map((index) => pictures[index]!.name),
        })),
        protocol.degraded,
        degradeSeed,
        once,
      );
      const pairOf =
        (same: boolean) =>
        ([a, b]: readonly [number, number]): PlannedPair => ({
          a: faces[a]!,
          b: faces[b]!,
          people: [templates[a]!.label, templates[b]!.label],
          same,
          fold: 0,
        });
      return [...genuine.map(pairOf(true)), ...impostor.map(pairOf(false))];
    }
    default:
      return protocol satisfies never;
  }
}
