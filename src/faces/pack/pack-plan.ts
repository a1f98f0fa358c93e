import { seededRandom } from '../../core/seeded-random';
import { counted } from '../../core/number-words';
import type { LeftOut } from '../survey/left-out';
import { nextStepIfNothingUsed } from '../survey/nothing-used';
import { StudioError } from '../../core/studio-error';
import type { FaceSource } from '../face-source';
import { isValidationIdentity } from '../identity-split';

/** The forms in which sets are packed. */
export type PackForm = 'tar' | 'recordio';

/** Which records of a source are packed, and how. */
export interface PackOptions {
  /** Name of the set, used in the names of its shards. */
  readonly name: string;
  readonly form: PackForm;
  /** Records per tar shard; the last may have fewer. */
  readonly shardSize: number;
  /** Pack in the shuffled order of epoch 0 instead of the source's own order. */
  readonly shuffle: boolean;
  /** Determines order, choice of people and split. */
  readonly seed: number;
  /** Number of people to pack; absent for all. */
  readonly identities?: number;
  /**
   * Share of the people that go into a separate set, 0 < holdOut < 1; absent for a single set.
   */
  readonly holdOut?: number;
  /**
   * Replaces the pictures by aligned crops of their faces: `auto` except those of 112 × 112,
   * `always` those too. Absent: pictures stay as they are.
   */
  readonly align?: 'auto' | 'always';
  /** Replace the source's labels by 0 to C − 1, in the same order. */
  readonly relabel: boolean;
}

/** Upper bound for the number of distinct labels. */
const MAX_LABELS = 2 ** 24;

/** Whether a plan needs all labels of the source in advance. */
export const needsLabels = ({ identities, relabel }: PackOptions): boolean =>
  identities !== undefined || relabel;

/**
 * The distinct labels of a source, ascending. Reads all of it.
 * @param onRecord called for each record
 * @throws StudioError `bad-source` for more than 2^24 labels
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
 * A seeded choice of labels, ascending. Each label draws its own random number, so a larger choice
 * contains the smaller one, in every form and order of a data set.
 * @throws StudioError `bad-config` if there are fewer labels than `count`
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

/** The set and label of a packed record. */
export interface Route {
  /** Index of its set. */
  readonly set: number;
  /** The label as it is written. */
  readonly label: number;
}

/** Assigns records to sets by their labels. */
export class PackPlan {
  /** Folders of the sets relative to the target folder; '' for a single set. */
  readonly folders: readonly string[];
  readonly #labels: readonly (readonly number[])[] | null;
  readonly #relabelled: readonly ReadonlyMap<number, number>[] | null;

  /**
   * @param labels to pack, ascending; null for all of the source's
   * @throws StudioError `bad-config` if a set would have no people
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

  /** The route of records with a label; null if they aren't packed. */
  routeOf(label: number): Route | null {
    const set = this.#setOf(label);
    const place = this.#relabelled ? this.#relabelled[set]!.get(label) : undefined;
    if (this.#relabelled && place === undefined) return null;
    return { set, label: this.options.relabel ? place! : label };
  }

  /** For a relabelled set, the source's label of each new label; null otherwise. */
  mappingOf(set: number): readonly number[] | null {
    return this.options.relabel ? this.#labels![set]! : null;
  }

  #setOf(label: number): number {
    const { holdOut, seed } = this.options;
    return holdOut !== undefined && isValidationIdentity(label, seed, holdOut) ? 1 : 0;
  }
}

/** The error if nothing of a source can be used. */
export function nothingPacked(leftOut: readonly LeftOut[] = []): StudioError {
  const step = nextStepIfNothingUsed(leftOut) ?? 'Choose another source.';
  return new StudioError('bad-source', 'The source holds no picture that could be packed.', step);
}

/** The error if a set has no people. */
export function emptySet(folder: string): StudioError {
  return folder === ''
    ? nothingPacked()
    : new StudioError(
        'bad-config',
        `No identity falls to the set "${folder}".`,
        'Choose another --hold-out or --seed, or take more identities.',
      );
}
