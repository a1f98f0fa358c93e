import { basename, dirname, extname, join } from 'node:path';
import type { SourceInfo } from '../faces/face-source';
import {
  type SkippedItem,
  LeftOutTally,
  leftOutSentence,
  leftOutText,
  type LeftOut,
} from '../faces/survey/left-out';
import { count } from '../core/number-words';
import { say } from './count-bar';
import { printable } from './commands/inspect-text';
import { saveOutput } from './node/save-output';

/** Records of each kind that are named as they come. */
const NAMED = 10;
/** Lines that the list holds at most. */
const MAX_LISTED = 1_000_000;

/**
 * Says on stderr what of a set is left out: what opening it left out, then of each kind the first
 * ten records as they come, and at the end how many there are of each. Where that leaves some
 * unnamed, all are listed in a file.
 */
export class LeftOutReport {
  readonly #tally = new LeftOutTally();
  readonly #named = new Map<string, number>();
  readonly #lines: string[] = [];
  readonly #notes = new Set<string>();
  #opened: readonly LeftOut[] | null = null;
  #told = 0;

  /** @param listAt the file that lists all where not all are named; null where there is no place */
  constructor(readonly listAt: string | null) {}

  /**
   * Says how a source is read and what opening it left out. Once more when it has been read, which
   * may show more of how; nothing is said twice.
   */
  opened({ leftOut = [], notes = [] }: Pick<SourceInfo, 'leftOut' | 'notes'>): void {
    for (const note of notes.filter((each) => !this.#notes.has(each))) say(printable(note));
    for (const note of notes) this.#notes.add(note);
    if (this.#opened) return;
    this.#opened = leftOut;
    this.#tally.addAll(leftOut);
    for (const group of leftOut) {
      const more = group.count > group.first.length ? ' …' : '';
      say(`left out: ${leftOutText(group)} (${group.first.map(printable).join(', ')}${more})`);
    }
  }

  /** Takes a record that is left out, and names it where it is among the first of its kind. */
  skip(item: SkippedItem): void {
    this.#tally.add(item);
    const { shard, member, kind, reason } = item;
    const name = member === undefined ? '' : ` ${printable(member)}`;
    const line = `${printable(shard)}${name}: ${printable(reason)}`;
    if (this.#lines.length < MAX_LISTED) this.#lines.push(line);
    const times = (this.#named.get(kind) ?? 0) + 1;
    this.#named.set(kind, times);
    if (times <= NAMED) say(`skipped ${line}`);
    if (times === NAMED + 1) say('More of this kind are counted, and named no more.');
  }

  /** All that is left out so far, by kind. */
  groups(): LeftOut[] {
    return this.#tally.groups();
  }

  /** Says how many are left out, of each kind, where that is news. */
  sum(): void {
    const { total } = this.#tally;
    if (total === this.#told) return;
    this.#told = total;
    say(`${leftOutSentence(this.groups())}.`);
  }

  /** Says the sum where it is news, and writes the list where some were not named. */
  async end(): Promise<void> {
    this.sum();
    if (this.listAt === null || [...this.#named.values()].every((times) => times <= NAMED)) return;
    const all = [...this.#named.values()].reduce((sum, times) => sum + times, 0);
    const rest = all - this.#lines.length;
    const more = rest > 0 ? [`and ${count(rest)} more`] : [];
    const opened = (this.#opened ?? []).flatMap((group) => [
      `${leftOutText(group)}:`,
      ...group.first.map((name) => `  ${printable(name)}`),
      ...(group.count > group.first.length ? ['  …'] : []),
    ]);
    const text = `${[...opened, ...this.#lines, ...more].join('\n')}\n`;
    const at = await saveOutput('The list of what is left out', this.listAt, () => text);
    if (at !== null) say(`All of them are listed in ${at}.`);
  }
}

/** Where the list goes, beside an output: `out/head.left-out.txt` of `out/head.safetensors`. */
export function listBeside(output: string): string {
  return join(dirname(output), `${basename(output, extname(output))}.left-out.txt`);
}
