import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One comparison of the studio with another program. It passes if `found` is at most `limit`. */
export interface Comparison {
  readonly what: string;
  /** A difference; relative if `what` says so. */
  readonly found: number;
  readonly limit: number;
}

/** A check: both programs write files in `folder` and read each other's; returns comparisons. */
export type Check = (folder: string) => Promise<readonly Comparison[]>;

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Runs a script of this folder with the interpreter in `PYTHON` (default `python3`). Its output
 * goes to the terminal.
 * @throws Error if it fails
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
  let difference = 0;
  let size = 0;
  for (let i = 0; i < found.length; i++) {
    // Math.max keeps a NaN, wherever it stands: a NaN is a miss.
    difference = Math.max(difference, Math.abs(found[i]! - expected[i]!));
    size = Math.max(size, Math.abs(expected[i]!));
  }
  return difference / (size || 1);
}
