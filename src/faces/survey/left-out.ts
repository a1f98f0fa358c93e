import { StudioError } from '../../core/studio-error';
import { count as countWords } from '../../core/number-words';
import { naturalOrder } from '../sources/folder/file-paths';
import { pictureFormatOf, readablePicture } from '../decode/formats/picture-formats';

/**
 * Reasons why files or records of a set aren't used, with their names in singular and plural. Files
 * that describe a set (an index, a list, a manifest, labels) count as neither used nor left out.
 */
const NAMES = {
  hidden: ['hidden file', 'hidden files'],
  'no-picture-file': ['file that is no picture', 'files that are no pictures'],
  'format-not-read': [
    'picture in a format that isn’t read',
    'pictures in formats that aren’t read',
  ],
  'other-data': ['file of another set', 'files of another set'],
  'outside-people': [
    'picture outside of the people’s folders',
    'pictures outside of the people’s folders',
  ],
  'not-listed': ['picture that the list doesn’t name', 'pictures that the list doesn’t name'],
  'listed-missing': ['listed picture that isn’t there', 'listed pictures that aren’t there'],
  'empty-file': ['empty file', 'empty files'],
  'unreadable-file': ['file that can’t be read', 'files that can’t be read'],
  'without-picture': ['record without a picture', 'records without a picture'],
  'without-label': ['record without a label', 'records without a label'],
  'bad-label': ['record whose label can’t be used', 'records whose labels can’t be used'],
  'repeated-key': ['file of a key that had one before', 'files of keys that had one before'],
  'scattered-sample': [
    'record whose parts lie apart in the archive',
    'records whose parts lie apart in the archive',
  ],
  'archive-member': ['archive member that isn’t read', 'archive members that aren’t read'],
  'damaged-record': ['damaged record', 'damaged records'],
  'damaged-shard': ['shard that breaks off', 'shards that break off'],
  'split-shard': ['shard of another split', 'shards of other splits'],
  'lost-shard': ['shard that could not be loaded', 'shards that could not be loaded'],
  'not-indexed': ['record that the index doesn’t name', 'records that the index doesn’t name'],
  'other-split': ['row of another split', 'rows of other splits'],
  undecodable: ['picture that can’t be decoded', 'pictures that can’t be decoded'],
  'no-face': ['picture without a face', 'pictures without a face'],
  'broken-pair': [
    'pair with a picture that can’t be read',
    'pairs with pictures that can’t be read',
  ],
} as const satisfies Readonly<Record<string, readonly [string, string]>>;

/** Why something is left out. */
export type LeftOutKind = keyof typeof NAMES;

/** A skipped record or shard, and why it was skipped. */
export interface SkippedItem {
  readonly shard: string;
  /** Member name or key; absent if the whole shard was lost. */
  readonly member?: string;
  readonly kind: LeftOutKind;
  /** The reason, as a clause. */
  readonly reason: string;
  /** Number of records it stands for; 1 if absent. */
  readonly count?: number;
  /** Lost to a network error; it may be available later. */
  readonly lost?: boolean;
}

/** Files or records of one kind that aren't used. */
export interface LeftOut {
  readonly kind: LeftOutKind;
  readonly count: number;
  /** Names of the first ten, with details that the kind doesn't tell. */
  readonly first: readonly string[];
}

/** Names that are stored per kind. */
const MAX_NAMES = 10;

/** Thrown for a record that is left out, with the kind. */
export class LeftOutError extends StudioError {
  constructor(
    readonly kind: LeftOutKind,
    message: string,
    nextStep: string,
    options?: ErrorOptions,
  ) {
    super('bad-shard', message, nextStep, options);
  }
}

/** The kind of a picture that can't be decoded, or whose header can't be read. */
export function undecodedKind(bytes: Uint8Array): LeftOutKind {
  if (bytes.length === 0) return 'empty-file';
  const format = pictureFormatOf(bytes);
  return format === null || readablePicture(format) ? 'undecodable' : 'format-not-read';
}

/** Nothing of a set can be used. Lists what is left out, as far as the set was read. */
export class NothingUsedError extends StudioError {
  /** @param found a sentence; the message adds the counts of `leftOut` to it */
  constructor(
    readonly leftOut: readonly LeftOut[],
    readonly found: string,
    nextStep: string,
  ) {
    const all = leftOut.length > 0 ? ` ${leftOutSentence(leftOut)}.` : '';
    super('bad-source', `${found}${all}`, nextStep);
  }
}

/**
 * Counts what is left out, by kind. The order of kinds is fixed. Names of unread files are sorted,
 * because the files of a folder may be listed in any order.
 */
export class LeftOutTally {
  readonly #groups = new Map<LeftOutKind, { count: number; readonly first: string[] }>();

  /** Adds an item, which may stand for several records. */
  add(item: SkippedItem): void {
    const { count = 1 } = item;
    this.#group(item.kind, count, [nameOf(item)]);
  }

  /** Adds existing counts. */
  addAll(groups: readonly LeftOut[]): void {
    for (const { kind, count, first } of groups) this.#group(kind, count, first);
  }

  /** Adds a file that isn't read; `found` gives details that the kind doesn't tell. */
  addFile(kind: LeftOutKind, path: string, found?: string): void {
    const group = this.#groupOf(kind);
    group.count++;
    const name = found === undefined ? path : `${path} (${found})`;
    const { first } = group;
    if (first.length === MAX_NAMES && naturalOrder(name, first[MAX_NAMES - 1]!) >= 0) return;
    const at = first.findIndex((other) => naturalOrder(name, other) < 0);
    first.splice(at < 0 ? first.length : at, 0, name);
    first.length = Math.min(first.length, MAX_NAMES);
  }

  /** Total of all kinds. */
  get total(): number {
    return totalOf(this.groups());
  }

  groups(): LeftOut[] {
    return (Object.keys(NAMES) as LeftOutKind[]).flatMap((kind) => {
      const group = this.#groups.get(kind);
      return group ? [{ kind, count: group.count, first: [...group.first] }] : [];
    });
  }

  #group(kind: LeftOutKind, count: number, names: readonly string[]): void {
    const group = this.#groupOf(kind);
    group.count += count;
    group.first.push(...names.slice(0, MAX_NAMES - group.first.length));
  }

  #groupOf(kind: LeftOutKind): { count: number; readonly first: string[] } {
    const group = this.#groups.get(kind) ?? { count: 0, first: [] };
    this.#groups.set(kind, group);
    return group;
  }
}

const nameOf = ({ shard, member, reason }: SkippedItem): string =>
  `${shard}${member === undefined ? '' : ` ${member}`}: ${reason}`;

/**
 * "4,800 used, 12 left out: 7 hidden files, 5 empty files"; "4,800 used, 0 left out".
 * @param used number of pictures that a run would train on
 */
export const usedSentence = (used: number, groups: readonly LeftOut[]): string =>
  `${countWords(used)} used, ${leftOutSentence(groups)}`;

/** "12 left out: 7 hidden files, 5 empty files"; "0 left out". */
export function leftOutSentence(groups: readonly LeftOut[]): string {
  const kinds = groups.map(leftOutText).join(', ');
  return `${countWords(totalOf(groups))} left out${kinds ? `: ${kinds}` : ''}`;
}

/** Total of all kinds. */
export const totalOf = (groups: readonly LeftOut[]): number =>
  groups.reduce((sum, { count }) => sum + count, 0);

/** "7 hidden files". */
export const leftOutText = ({ kind, count }: LeftOut): string =>
  `${countWords(count)} ${NAMES[kind][count === 1 ? 0 : 1]}`;
