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

/** What helps where everything is left out for one reason. */
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
  'damaged-record': 'Get the file again, whole.',
};

/** One of these stands for many records. */
const WHOLE_SHARDS: readonly LeftOutKind[] = ['damaged-shard', 'lost-shard'];

/**
 * What to do about a set of which nothing can be used, by what most of it was left out for; null
 * where that says nothing.
 */
export function stepWhereNothing(leftOut: readonly LeftOut[]): string | null {
  const [most] = leftOut
    .filter(({ kind }) => STEPS[kind] !== undefined)
    .sort((a, b) => Number(isShard(b)) - Number(isShard(a)) || b.count - a.count);
  return most ? STEPS[most.kind]! : null;
}

const isShard = ({ kind }: LeftOut) => WHOLE_SHARDS.includes(kind);

/** Counts what a reading leaves out, for what is said where nothing is left. */
export class LeftOutWatch {
  readonly #tally = new LeftOutTally();

  /** @param onSkip is told of each thing, too */
  constructor(readonly onSkip?: (item: SkippedItem) => void) {}

  readonly take = (item: SkippedItem): void => {
    this.#tally.add(item);
    this.onSkip?.(item);
  };

  /** @throws NothingUsedError where no picture was read and something was left out */
  requireSome(name: string, read: number): void {
    const groups = this.#tally.groups();
    if (read > 0 || groups.length === 0) return;
    const step = stepWhereNothing(groups) ?? 'Choose another source.';
    throw new NothingUsedError(groups, `${name} gave no picture that can be used.`, step);
  }
}
