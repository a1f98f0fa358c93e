import {
  type SkippedItem,
  LeftOutTally,
  NothingUsedError,
  type LeftOut,
  type LeftOutKind,
} from './left-out';
import { SAVE_AS_READABLE } from '../decode/formats/picture-formats';

const GET_AGAIN =
  'Get the shards again, or unpack them: tar archives are read, plain or packed by gzip.';
const PER_SAMPLE = 'Each sample of an archive is a picture and a .cls of the same name next to it.';

/** The next step for each kind, if nothing of a set can be used. */
const STEPS: Partial<Readonly<Record<LeftOutKind, string>>> = {
  'without-label':
    'Put a .cls beside each picture of an archive, with the person’s number in it; or unpack the ' +
    'archive where its folders are people, and choose their folder.',
  'without-picture': PER_SAMPLE,
  'repeated-key': PER_SAMPLE,
  'bad-label': 'Number the people from 0 on, and write those numbers as labels.',
  'scattered-sample': 'Pack the archive again with "tar --sort=name".',
  'format-not-read': SAVE_AS_READABLE,
  'archive-member': 'Unpack the archive, and choose the folder.',
  'damaged-shard': GET_AGAIN,
  'lost-shard': 'Check that all shards of the manifest are there.',
  'empty-file': 'Get the set again: its files are empty.',
  'unreadable-file':
    'Check that the files are there, behind links too, and that you may read them.',
  undecodable: 'Get the set again, or check that its files are pictures.',
  'no-face': 'Check that the pictures show faces; crops that are aligned already need no --align.',
  'damaged-record': 'Get the file again, whole.',
};

/** Kinds of which one item stands for many records. */
const SHARD_KINDS: readonly LeftOutKind[] = ['damaged-shard', 'lost-shard'];

/**
 * The next step for a set of which nothing can be used, by the most frequent kind; null if no kind
 * suggests one.
 */
export function nextStepIfNothingUsed(leftOut: readonly LeftOut[]): string | null {
  const [most] = leftOut
    .filter(({ kind }) => STEPS[kind] !== undefined)
    .sort((a, b) => Number(isShard(b)) - Number(isShard(a)) || b.count - a.count);
  return most ? STEPS[most.kind]! : null;
}

const isShard = ({ kind }: LeftOut) => SHARD_KINDS.includes(kind);

/** Counts what is left out during reading, for the error if nothing can be used. */
export class LeftOutTracker {
  readonly #tally = new LeftOutTally();

  /** @param onSkip also called for each item */
  constructor(readonly onSkip?: (item: SkippedItem) => void) {}

  readonly add = (item: SkippedItem): void => {
    this.#tally.add(item);
    this.onSkip?.(item);
  };

  /** @throws NothingUsedError if no picture was read and something was left out */
  requireSome(name: string, read: number): void {
    const groups = this.#tally.groups();
    if (read > 0 || groups.length === 0) return;
    const step = nextStepIfNothingUsed(groups) ?? 'Choose another source.';
    throw new NothingUsedError(groups, `${name} gave no picture that can be used.`, step);
  }
}
