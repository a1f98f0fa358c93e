import { counted } from '../../core/number-words';

/** Special ways of reading shards that the user should know about. */
type Way = 'last-dot' | 'repeated-key' | 'out-of-order';

/** How often it occurred, and where first. */
interface Seen {
  count: number;
  readonly first: string;
}

/**
 * Collects notes on how shards were read. Each reading of a shard resets its counts, so that a
 * second epoch doesn't double them.
 */
export class ReadingNotes {
  readonly #ways = new Map<Way, Map<string, Seen>>();

  /** Resets the notes on a shard. */
  begin(shard: string): void {
    for (const seen of this.#ways.values()) seen.delete(shard);
  }

  note(way: Way, shard: string, name: string): void {
    const shards = this.#ways.get(way) ?? new Map<string, Seen>();
    this.#ways.set(way, shards);
    const seen = shards.get(shard) ?? { count: 0, first: `${shard} ${name}` };
    seen.count++;
    shards.set(shard, seen);
  }

  sentences(): string[] {
    const found: string[] = [];
    for (const [way, shards] of this.#ways) {
      const count = [...shards.values()].reduce((sum, seen) => sum + seen.count, 0);
      if (count > 0) found.push(sentenceOf(way, count, [...shards.values()][0]!.first));
    }
    return found;
  }
}

function sentenceOf(way: Way, count: number, first: string): string {
  const samples = counted(count, 'sample');
  switch (way) {
    case 'last-dot':
      return (
        `The keys of ${samples} are read up to the last dot, ` +
        `as up to the first they would make none. The first of them is ${first}.`
      );
    case 'repeated-key':
      return (
        `${samples} ${count === 1 ? 'has' : 'have'} the key of the one before; ` +
        `each is used with its own label. The first of them is ${first}.`
      );
    case 'out-of-order':
      return (
        `The members of ${samples} don’t lie next to each other, which takes a second reading. ` +
        `The first of them is ${first}. ` +
        'Pack them with "tar --sort=name" or "scf pack" to save that.'
      );
    default:
      return way satisfies never;
  }
}
