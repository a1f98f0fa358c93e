import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One comparison with another program: what was found, and what it may be at most. */
export interface Comparison {
  readonly what: string;
  /** A difference, relative where the name says so. */
  readonly found: number;
  readonly bar: number;
}

/** A check: makes files in `folder`, one program each way, and compares. */
export type Check = (folder: string) => Promise<readonly Comparison[]>;

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Runs a script of this folder with the Python of `PYTHON` (default `python3`).
 * @throws Error when it fails; what it printed went to the terminal
 */
export function python(script: string, ...args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.env.PYTHON ?? 'python3', [join(here, script), ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${script} ended with ${code}.`)),
    );
  });
}

/** max |a − b| / max |b|. @throws RangeError for arrays of different lengths */
export function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length)
    throw new RangeError(`${found.length} values were compared with ${expected.length}.`);
  let [difference, size] = [0, 0];
  for (let i = 0; i < found.length; i++) {
    const off = Math.abs(found[i]! - expected[i]!);
    // A NaN is never the larger of two.
    if (!(off <= difference)) difference = off;
    size = Math.max(size, Math.abs(expected[i]!));
  }
  return difference / (size || 1);
}
