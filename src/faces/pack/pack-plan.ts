import { seededRandom } from '../../core/seeded-random';
import { counted } from '../../core/number-words';
import type { LeftOut } from '../survey/left-out';
import { stepWhereNothing } from '../survey/nothing-used';
import { StudioError } from '../../core/studio-error';
import type { FaceSource } from '../face-source';
import { isValidationIdentity } from '../identity-split';

/** The forms that sets are packed in. */
export type PackForm = 'tar' | 'recordio';

/** What to pack of a source, and how. */
export interface PackOptions {
  /** Of the set: what its shards are named after. */
  readonly name: string;
  readonly form: PackForm;
  /** Records of a tar shard; the last one has fewer. */
  readonly shardSize: number;
  /** In the source's shuffled order of epoch 0, not in its own. */
  readonly shuffle: boolean;
  /** Decides order, choice and split. */
  readonly seed: number;
  /** How many people to take; absent: all. */
  readonly identities?: number;
  /**
   * Share of the people that go to a set of their own, 0 < holdOut < 1; absent: one set for all.
   */
  readonly holdOut?: number;
  /** Labels 0 to C − 1 in place of the source's, in their order. */
  readonly relabel: boolean;
}

/** Distinct labels that are told apart at most. */
const MAX_LABELS = 2 ** 24;

/** Whether a plan needs the labels of the whole source before the first record. */
export const needsLabels = ({ identities, relabel }: PackOptions): boolean =>
  identities !== undefined || relabel;

/**
 * The distinct labels of a source, ascending. Reads all of it.
 * @param onRecord told of each record
 * @throws StudioError `bad-source` for more than 2^24
 */
export async function labelsIn(
  source: FaceSource,
  { signal, onRecord }: { signal?: AbortSignal; onRecord?: () => void } = {},
): Promise<number[]> {
  const labels = new Set<number>();
  for await (const { label } of source.open({ seed: 0, epoch: 0, shuffleBuffer: 0, signal })) {
    labels.add(label);
    if (labels.size > MAX_LABELS)
      throw new StudioError(
        'bad-source',
        `The source has more than ${MAX_LABELS} different labels.`,
        'Check its labels.',
      );
    onRecord?.();
  }
  return [...labels].sort((a, b) => a - b);
}

/**
 * A seeded choice of labels, ascending. Each label draws a number of its own, so that more people
 * asked for are those before and some more, in every form and order of a data set.
 * @throws StudioError `bad-config` where there are not so many
 */
export function chosenLabels(labels: readonly number[], count: number, seed: number): number[] {
  if (count > labels.length)
    throw new StudioError(
      'bad-config',
      `${counted(count, 'identity was', 'identities were')} asked for; the source has ` +
        `${labels.length}.`,
      'Ask for fewer.',
    );
  const drawn = labels.map((label) => ({
    label,
    draw: seededRandom(seed, 0x69647300, label).next(),
  }));
  drawn.sort((a, b) => a.draw - b.draw || a.label - b.label);
  return drawn
    .slice(0, count)
    .map(({ label }) => label)
    .sort((a, b) => a - b);
}

/** Where a record goes. */
export interface Route {
  /** Index of its set. */
  readonly set: number;
  /** As it is written. */
  readonly label: number;
}

/** Which record goes to which set, by its label. */
export class PackPlan {
  /** Folders of the sets below where the pack goes; '' for one set alone. */
  readonly folders: readonly string[];
  readonly #labels: readonly (readonly number[])[] | null;
  readonly #relabelled: readonly ReadonlyMap<number, number>[] | null;

  /**
   * @param labels those to take, ascending; null for all of the source's
   * @throws StudioError `bad-config` where a set would be left without people
   */
  constructor(
    readonly options: PackOptions,
    labels: readonly number[] | null,
  ) {
    if (needsLabels(options) && !labels) throw new Error('labels have to be known');
    this.folders = options.holdOut === undefined ? [''] : ['train', 'held-out'];
    this.#labels =
      labels && this.folders.map((_, set) => labels.filter((label) => this.#setOf(label) === set));
    const empty = this.#labels?.findIndex((members) => members.length === 0) ?? -1;
    if (empty >= 0) throw emptySet(this.folders[empty]!);
    this.#relabelled =
      this.#labels &&
      this.#labels.map((members) => new Map(members.map((label, place) => [label, place])));
  }

  /** Where records of a label go; null where they are not packed. */
  routeOf(label: number): Route | null {
    const set = this.#setOf(label);
    const place = this.#relabelled ? this.#relabelled[set]!.get(label) : undefined;
    if (this.#relabelled && place === undefined) return null;
    return { set, label: this.options.relabel ? place! : label };
  }

  /** The source's labels of a relabelled set, by the labels that it has now. */
  mappingOf(set: number): readonly number[] | null {
    return this.options.relabel ? this.#labels![set]! : null;
  }

  #setOf(label: number): number {
    const { holdOut, seed } = this.options;
    return holdOut !== undefined && isValidationIdentity(label, seed, holdOut) ? 1 : 0;
  }
}

/** What is wrong where nothing of a source can be used. */
export function nothingPacked(leftOut: readonly LeftOut[] = []): StudioError {
  const step = stepWhereNothing(leftOut) ?? 'Choose another source.';
  return new StudioError('bad-source', 'The source holds no picture that could be packed.', step);
}

/** What is wrong where nobody falls to a set. */
export function emptySet(folder: string): StudioError {
  return folder === ''
    ? nothingPacked()
    : new StudioError(
        'bad-config',
        `No identity falls to the set "${folder}".`,
        'Choose another --hold-out or --seed, or take more identities.',
      );
}
