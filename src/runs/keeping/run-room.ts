import type { RunLibrary } from '../run-library';
import type { RunSummary } from '../run-manifest';
import { RunQuota } from './run-quota';
import { cutAt, spaceOf, type RunsSpace } from './run-space';

/** The room that a library's runs take up, and the bound that a person may set for it. */
export class RunRoom {
  readonly #quota: RunQuota;
  /** Whether it was told that the runs take up more than is suggested. */
  #isSuggested = false;

  /** @param tell called with a sentence for the person */
  constructor(
    readonly library: RunLibrary,
    readonly tell: (sentence: string) => void,
  ) {
    this.#quota = new RunQuota(library.runs, tell);
  }

  /** What runs take up. @param runs as the library lists them */
  async space(runs: readonly RunSummary[]): Promise<RunsSpace> {
    const used = runs.reduce((sum, { bytes }) => sum + bytes, 0);
    return spaceOf(runs, await this.#quota.get(used));
  }

  /**
   * Sets how much room runs may take up, and throws away what is above it.
   * @throws StudioError `bad-config` for anything but a number of bytes; from the store
   */
  async setQuota(bytes: number): Promise<RunsSpace> {
    await this.#quota.set(bytes);
    await this.makeRoom();
    return this.space((await this.library.list()).runs);
  }

  /**
   * Throws away runs until all are within the bound that a person chose, as {@link cutAt} says, and
   * tells which. What was removed before goes first. Where no bound was chosen, or throwing away
   * can't reach it, nothing goes, and that is told.
   * @param spared a run that stays in any case, such as the one that has just ended
   * @throws StudioError from the store
   */
  async makeRoom(spared?: string): Promise<void> {
    const { library } = this;
    await library.purge();
    const { runs } = await library.list();
    const { bytes, quotaBytes, isQuotaChosen, firstToGo } = await this.space(runs);
    if (bytes <= quotaBytes) return;
    if (!isQuotaChosen) {
      this.#suggest(bytes, quotaBytes);
      return;
    }
    const free: string[] = [];
    for (const id of firstToGo) if (id !== spared && !(await library.isTrained(id))) free.push(id);
    const cut = cutAt(quotaBytes, runs, { bytes, firstToGo: free });
    if (cut.leftBytes > quotaBytes) {
      this.tell(
        `Runs may take up ${mebibytes(quotaBytes)} together, and those that have a star, are ` +
          `being trained or have just come take ${mebibytes(cut.leftBytes)}. None was thrown ` +
          'away: choose a larger bound under Room for runs, or delete what you no longer need.',
      );
      return;
    }
    for (const { id, name } of cut.runs)
      if (await library.throwAway(id))
        this.tell(
          `The run ${name} was thrown away: runs may take up ${mebibytes(quotaBytes)} together.`,
        );
  }

  #suggest(bytes: number, quotaBytes: number): void {
    if (this.#isSuggested) return;
    this.#isSuggested = true;
    this.tell(
      `The runs take up ${mebibytes(bytes)} together; ${mebibytes(quotaBytes)} are suggested. ` +
        'None is thrown away until you choose a bound under Room for runs.',
    );
  }
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
