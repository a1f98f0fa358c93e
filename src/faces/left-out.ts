import { StudioError } from '../formats/studio-error';
import type { SkippedItem } from './face-source';

/**
 * Why files or records of a set aren't used, as what such things are called: one of them, several.
 * What makes up a set besides pictures (an index, a list, a manifest, labels) counts as neither
 * used nor left out.
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
  'bad-label': [
    'record whose label is no whole number',
    'records whose labels are no whole numbers',
  ],
  'repeated-key': ['file of a key that had one before', 'files of keys that had one before'],
  'scattered-sample': [
    'record whose parts lie apart in the archive',
    'records whose parts lie apart in the archive',
  ],
  'archive-member': ['archive member that isn’t read', 'archive members that aren’t read'],
  'damaged-record': ['damaged record', 'damaged records'],
  'damaged-shard': ['shard that breaks off', 'shards that break off'],
  'lost-shard': ['shard that could not be had', 'shards that could not be had'],
  'not-indexed': [
    'record that the index doesn’t name',
    'records that the index doesn’t name',
  ],
  'other-split': ['row of another split', 'rows of other splits'],
  undecodable: ['picture that can’t be decoded', 'pictures that can’t be decoded'],
} as const satisfies Readonly<Record<string, readonly [string, string]>>;

/** What things that are left out have in common. */
export type LeftOutKind = keyof typeof NAMES;

/** Files or records of one kind that aren't used. */
export interface LeftOut {
  readonly kind: LeftOutKind;
  readonly count: number;
  /** The first ten, by name and with what was found where that says more than the kind. */
  readonly first: readonly string[];
}

/** Names that are kept of each kind. */
const NAMED = 10;

/** A record that is left out of what is read, and of what kind it is. */
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

/** Counts what is left out, by kind, in the order in which kinds were first met. */
export class LeftOutTally {
  readonly #groups = new Map<LeftOutKind, { count: number; readonly first: string[] }>();

  /** Takes one thing, or several where it stands for `count` of them. */
  add(item: SkippedItem): void {
    const { count = 1 } = item;
    this.#group(item.kind, count, [nameOf(item)]);
  }

  /** Takes what was counted before. */
  addAll(groups: readonly LeftOut[]): void {
    for (const { kind, count, first } of groups) this.#group(kind, count, first);
  }

  /** Takes one file that isn't looked into. */
  addFile(kind: LeftOutKind, path: string): void {
    this.#group(kind, 1, [path]);
  }

  /** Of all kinds together. */
  get total(): number {
    return [...this.#groups.values()].reduce((sum, { count }) => sum + count, 0);
  }

  groups(): LeftOut[] {
    return [...this.#groups].map(([kind, { count, first }]) => ({ kind, count, first: [...first] }));
  }

  #group(kind: LeftOutKind, count: number, names: readonly string[]): void {
    const group = this.#groups.get(kind) ?? { count: 0, first: [] };
    group.count += count;
    group.first.push(...names.slice(0, NAMED - group.first.length));
    this.#groups.set(kind, group);
  }
}

const nameOf = ({ shard, member, reason }: SkippedItem): string =>
  `${shard}${member === undefined ? '' : ` ${member}`}: ${reason}`;

/**
 * "4,800 used, 12 left out: 7 hidden files, 5 empty files"; "4,800 used, 0 left out".
 * @param used pictures of people that a run would train on
 */
export function usedSentence(used: number, groups: readonly LeftOut[]): string {
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  const kinds = groups.map(leftOutText).join(', ');
  return `${number(used)} used, ${number(total)} left out${kinds ? `: ${kinds}` : ''}`;
}

/** "7 hidden files". */
export const leftOutText = ({ kind, count }: LeftOut): string =>
  `${number(count)} ${NAMES[kind][count === 1 ? 0 : 1]}`;

const number = (value: number) => value.toLocaleString('en');
