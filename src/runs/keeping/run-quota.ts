import { number } from '../../core/schema/schema';
import * as v from 'valibot';
import { StudioError } from '../../core/studio-error';
import type { FileStore } from '../../formats/bytes/file-store';
import { readOrSetAside } from '../../formats/bytes/set-aside';

/** Name of the file with a person's bound, in the folder of runs. */
const QUOTA_FILE = 'quota.json';
/** The bound until a person sets one: a thousand runs of the compact head … */
const DEFAULT_QUOTA_BYTES = 4 * 2 ** 30;
/** … but at most this share of what is free and what runs take up. */
const MAX_DEFAULT_SHARE = 1 / 2;

/** A bound for all runs together. */
export interface Quota {
  readonly bytes: number;
  /** Whether a person chose it; otherwise it is a suggestion. */
  readonly isChosen: boolean;
}

/** How much room the runs may take up. */
export class RunQuota {
  /** As the program found it: asking the browser takes longer than the list of runs. */
  #free: Promise<number | null> | null = null;

  /**
   * @param runs the folder of runs
   * @param onProblem called with a sentence if the file is damaged
   */
  constructor(
    readonly runs: FileStore,
    readonly onProblem: (sentence: string) => void,
  ) {}

  /**
   * The bound.
   * @param used bytes that the runs take up now
   */
  async get(used: number): Promise<Quota> {
    const chosen = await this.#chosen();
    if (chosen !== null) return { bytes: chosen, isChosen: true };
    this.#free ??= this.runs.freeBytes();
    const free = await this.#free;
    const share = free === null ? Infinity : Math.floor(MAX_DEFAULT_SHARE * (free + used));
    return { bytes: Math.min(DEFAULT_QUOTA_BYTES, share), isChosen: false };
  }

  async #chosen(): Promise<number | null> {
    const what = 'The setting of how much room runs may take up';
    try {
      return await readOrSetAside(this.runs, QUOTA_FILE, what, (bytes) =>
        v.parse(quotaSchema, JSON.parse(new TextDecoder().decode(bytes))),
      );
    } catch (thrown) {
      if (!(thrown instanceof StudioError) || thrown.code !== 'bad-checkpoint') throw thrown;
      this.onProblem(thrown.message);
      return null;
    }
  }

  /** @throws StudioError `bad-config` for anything but a number of bytes; from the store */
  async set(bytes: number): Promise<void> {
    if (!v.is(quotaSchema, bytes))
      throw new StudioError(
        'bad-config',
        `The bound for runs is ${bytes}; a number of bytes was expected.`,
        'Give a number from 0 up.',
      );
    await this.runs.write(QUOTA_FILE, new TextEncoder().encode(JSON.stringify(bytes)));
  }
}

const quotaSchema = v.pipe(number, v.minValue(0));
