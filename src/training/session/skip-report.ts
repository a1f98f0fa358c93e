import { type SkippedItem, LeftOutTally, type LeftOut } from '../../faces/survey/left-out';
import { hashString } from '../../core/seeded-random';
import type { SessionEvent } from './run-events';

type SkippedEvent = Extract<SessionEvent, { readonly type: 'skipped' }>;

/** Items in one event, at most. */
const MAX_ITEMS = 1000;
/** Milliseconds between two events, unless one is full. */
const POST_INTERVAL = 250;

/**
 * Posts the items that a run leaves out, many in one event: a hundred thousand empty files are a
 * hundred events. An item that several epochs leave out is posted once.
 */
export class SkipReport {
  readonly #post: (event: SkippedEvent) => void;
  readonly #tally = new LeftOutTally();
  /** How often each item was counted, by hash: the most in any pass, and in this one. */
  readonly #counted = new Map<number, number>();
  readonly #inPass = new Map<number, number>();
  /** Items to be posted. */
  #pending: SkippedItem[] = [];
  #postedAt = -Infinity;

  constructor(post: (event: SkippedEvent) => void) {
    this.#post = post;
  }

  /** Adds what was left out when the source was opened, and posts it. */
  opened(leftOut: readonly LeftOut[] = []): void {
    this.#tally.addAll(leftOut);
    if (leftOut.length > 0) this.#postPending();
  }

  /** Everything that was left out so far, by kind. */
  get leftOut(): LeftOut[] {
    return this.#tally.groups();
  }

  /** Adds an item. It is posted together with others, at the latest by {@link flush}. */
  add(item: SkippedItem): void {
    const hash = hashOf(item);
    const times = (this.#inPass.get(hash) ?? 0) + 1;
    this.#inPass.set(hash, times);
    if (times <= (this.#counted.get(hash) ?? 0)) return;
    this.#counted.set(hash, times);
    this.#tally.add(item);
    this.#pending.push(item);
    const isDue = performance.now() - this.#postedAt >= POST_INTERVAL;
    if (isDue || this.#pending.length >= MAX_ITEMS) this.#postPending();
  }

  /** Called when the source is about to be read from its beginning again. */
  nextPass(): void {
    this.flush();
    this.#inPass.clear();
  }

  /** Posts pending items. */
  flush(): void {
    if (this.#pending.length > 0) this.#postPending();
  }

  #postPending(): void {
    const items = this.#pending;
    const leftOut = this.#tally.groups();
    this.#pending = [];
    this.#postedAt = performance.now();
    this.#post({ type: 'skipped', items, leftOut });
  }
}

/** 53 bits, so that a few million items hardly share a hash. */
function hashOf({ shard, member = '', kind }: SkippedItem): number {
  const text = `${kind}\0${shard}\0${member}`;
  return hashString(text) * 2 ** 21 + (hashString(`again ${text}`) >>> 11);
}
