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
import { logLine } from './count-bar';
import { printable } from './commands/inspect-text';
import { saveOutput } from './node/save-output';

/** Skipped records of each kind that are printed as they occur. */
const MAX_PRINTED_PER_KIND = 10;
/** Lines in the file that lists what is left out. */
const MAX_LIST_LINES = 1_000_000;

/**
 * Reports on stderr what of a set is left out: first what opening it left out, then the first ten
 * skipped records of each kind as they occur, and at the end the count of each kind. If some were
 * not printed, a file lists them all.
 */
export class LeftOutReport {
  readonly #tally = new LeftOutTally();
  readonly #skippedByKind = new Map<string, number>();
  readonly #lines: string[] = [];
  readonly #notes = new Set<string>();
  #opened: readonly LeftOut[] | null = null;
  #reportedTotal = 0;

  /** @param listAt path of the file that lists what wasn't printed; null writes no file */
  constructor(readonly listAt: string | null) {}

  /**
   * Reports how a source is read and what opening it left out. Call it again when the source has
   * been read, which may add notes; nothing is printed twice.
   */
  opened({ leftOut = [], notes = [] }: Pick<SourceInfo, 'leftOut' | 'notes'>): void {
    for (const note of notes.filter((each) => !this.#notes.has(each))) logLine(printable(note));
    for (const note of notes) this.#notes.add(note);
    if (this.#opened) return;
    this.#opened = leftOut;
    this.#tally.addAll(leftOut);
    for (const group of leftOut) {
      const more = group.count > group.first.length ? ' …' : '';
      logLine(`left out: ${leftOutText(group)} (${group.first.map(printable).join(', ')}${more})`);
    }
  }

  /** Counts a skipped record, and prints it if it is among the first of its kind. */
  skip(item: SkippedItem): void {
    this.#tally.add(item);
    const { shard, member, kind, reason } = item;
    const name = member === undefined ? '' : ` ${printable(member)}`;
    const line = `${printable(shard)}${name}: ${printable(reason)}`;
    if (this.#lines.length < MAX_LIST_LINES) this.#lines.push(line);
    const times = (this.#skippedByKind.get(kind) ?? 0) + 1;
    this.#skippedByKind.set(kind, times);
    if (times <= MAX_PRINTED_PER_KIND) logLine(`skipped ${line}`);
    if (times === MAX_PRINTED_PER_KIND + 1)
      logLine('More of this kind are counted but not printed.');
  }

  /** All that is left out so far, by kind. */
  groups(): LeftOut[] {
    return this.#tally.groups();
  }

  /** Prints how many are left out of each kind, if that has changed since it was last printed. */
  sum(): void {
    const { total } = this.#tally;
    if (total === this.#reportedTotal) return;
    this.#reportedTotal = total;
    logLine(`${leftOutSentence(this.groups())}.`);
  }

  /** Prints the count if it has changed, and writes the list if some records weren't printed. */
  async end(): Promise<void> {
    this.sum();
    if (
      this.listAt === null ||
      [...this.#skippedByKind.values()].every((times) => times <= MAX_PRINTED_PER_KIND)
    )
      return;
    const skipped = [...this.#skippedByKind.values()].reduce((sum, times) => sum + times, 0);
    const rest = skipped - this.#lines.length;
    const more = rest > 0 ? [`and ${count(rest)} more`] : [];
    const opened = (this.#opened ?? []).flatMap((group) => [
      `${leftOutText(group)}:`,
      ...group.first.map((name) => `  ${printable(name)}`),
      ...(group.count > group.first.length ? ['  …'] : []),
    ]);
    const text = `${[...opened, ...this.#lines, ...more].join('\n')}\n`;
    const at = await saveOutput('The list of what is left out', this.listAt, () => text);
    if (at !== null) logLine(`All of them are listed in ${at}.`);
  }
}

/** Path of the list for an output file: `out/head.left-out.txt` for `out/head.safetensors`. */
export function listBeside(output: string): string {
  return join(dirname(output), `${basename(output, extname(output))}.left-out.txt`);
}
