import { number } from '../../core/schema/schema';
import * as v from 'valibot';
import { StudioError } from '../../core/studio-error';
import type { FileStore } from '../../formats/bytes/file-store';
import { setAside } from './set-aside';

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
    const kept = await this.runs.read(QUOTA_FILE);
    if (kept) {
      const parsed = v.safeParse(quotaSchema, jsonOrNull(kept));
      if (parsed.success) return { bytes: parsed.output, isChosen: true };
      await setAside(this.runs, QUOTA_FILE);
      this.onProblem('The setting of how much room runs may take up is damaged and was set aside.');
    }
    this.#free ??= this.runs.freeBytes();
    const free = await this.#free;
    const share = free === null ? Infinity : Math.floor(MAX_DEFAULT_SHARE * (free + used));
    return { bytes: Math.min(DEFAULT_QUOTA_BYTES, share), isChosen: false };
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

function jsonOrNull(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
