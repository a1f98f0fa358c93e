import { type SkippedItem, LeftOutTally, type LeftOut } from '../../faces/survey/left-out';
import { hashString } from '../../core/seeded-random';
import type { SessionEvent } from './run-events';

type SkippedEvent = Extract<SessionEvent, { readonly type: 'skipped' }>;

/** Items and milliseconds after which what was taken is posted. */
const [MAX_HELD, INTERVAL] = [1000, 250];

/**
 * Posts what a run leaves out, many at a time: a hundred thousand empty files are a hundred events.
 * What an epoch leaves out that an earlier one has left out is told once.
 */
export class SkipReport {
  readonly #post: (event: SkippedEvent) => void;
  readonly #tally = new LeftOutTally();
  /** How often each was told of, by hash, in all passes and in this one. */
  readonly #told = new Map<number, number>();
  readonly #inPass = new Map<number, number>();
  #held: SkippedItem[] = [];
  #postedAt = -Infinity;

  constructor(post: (event: SkippedEvent) => void) {
    this.#post = post;
  }

  /** Takes what opening the source left out, and posts it. */
  opened(leftOut: readonly LeftOut[] = []): void {
    this.#tally.addAll(leftOut);
    if (leftOut.length > 0) this.#say();
  }

  /** All that was left out so far. */
  get leftOut(): LeftOut[] {
    return this.#tally.groups();
  }

  /** Takes one; it is posted with others, at the latest by {@link flush}. */
  take(item: SkippedItem): void {
    const name = hashOf(item);
    const times = (this.#inPass.get(name) ?? 0) + 1;
    this.#inPass.set(name, times);
    if (times <= (this.#told.get(name) ?? 0)) return;
    this.#told.set(name, times);
    this.#tally.add(item);
    this.#held.push(item);
    const isDue = performance.now() - this.#postedAt >= INTERVAL;
    if (isDue || this.#held.length >= MAX_HELD) this.#say();
  }

  /** The source is read from its beginning again. */
  nextPass(): void {
    this.flush();
    this.#inPass.clear();
  }

  /** Posts what is held. */
  flush(): void {
    if (this.#held.length > 0) this.#say();
  }

  #say(): void {
    const [items, leftOut] = [this.#held, this.#tally.groups()];
    this.#held = [];
    this.#postedAt = performance.now();
    this.#post({ type: 'skipped', items, leftOut });
  }
}

/** 53 bits: no two of a few million items have one. */
function hashOf({ shard, member = '', kind }: SkippedItem): number {
  const text = `${kind}\0${shard}\0${member}`;
  return hashString(text) * 2 ** 21 + (hashString(`again ${text}`) >>> 11);
}
