import { number } from '../../core/schema/schema';
import * as v from 'valibot';
import { StudioError } from '../../core/studio-error';
import type { FileStore } from '../../formats/bytes/file-store';
import type { RunSummary } from '../run-manifest';
import { setAside } from './set-aside';

/** Name of the file with a person's bound, in the folder of runs. */
const QUOTA_FILE = 'quota.json';
/** The bound until a person sets one: a thousand runs of the compact head … */
const DEFAULT_QUOTA_BYTES = 4 * 2 ** 30;
/** … but at most this share of what is free and what runs take up. */
const MAX_DEFAULT_SHARE = 1 / 2;

/** What the runs that are kept take up. */
export interface RunsSpace {
  readonly bytes: number;
  /** A person's bound for all runs together. */
  readonly quotaBytes: number;
  /** Runs that would be thrown away first if the bound is reached, in that order; never starred. */
  readonly firstToGo: readonly string[];
}

/** How much room the runs may take up, as a person set it. */
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
   * The bound in bytes.
   * @param used bytes that the runs take up now
   */
  async bytes(used: number): Promise<number> {
    const kept = await this.runs.read(QUOTA_FILE);
    if (kept) {
      const parsed = v.safeParse(quotaSchema, jsonOrNull(kept));
      if (parsed.success) return parsed.output;
      await setAside(this.runs, QUOTA_FILE);
      this.onProblem('The setting of how much room runs may take up is damaged and was set aside.');
    }
    this.#free ??= this.runs.freeBytes();
    const free = await this.#free;
    const share = free === null ? Infinity : Math.floor(MAX_DEFAULT_SHARE * (free + used));
    return Math.min(DEFAULT_QUOTA_BYTES, share);
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

/**
 * What the runs take up, and which would go first: those that have ended, the oldest first, then
 * those that could still go on. Never one with a star, nor one that is being trained.
 */
export function spaceOf(runs: readonly RunSummary[], quotaBytes: number): RunsSpace {
  const free = runs.filter(({ isStarred, state }) => !isStarred && state !== 'running');
  const rank = ({ hasEnded }: RunSummary) => (hasEnded ? 0 : 1);
  free.sort((a, b) => rank(a) - rank(b) || a.changedAt - b.changedAt);
  return {
    bytes: runs.reduce((sum, { bytes }) => sum + bytes, 0),
    quotaBytes,
    firstToGo: free.map(({ id }) => id),
  };
}

function jsonOrNull(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
