import { readSync, writeSync } from 'node:fs';
import { StudioError } from '../../../core/studio-error';
import { unreadable } from '../disk-error';
import { errnoOf, outputError } from '../output-file';

/** Reads and writes at a place of an open file, all of it: one system call may do only a part. */

/** Attempts at a call that the system breaks off before it did anything. */
const MAX_ATTEMPTS = 100;
/** Milliseconds between them. */
const WAIT_MS = 10;

/**
 * Writes all of the bytes.
 * @param write the system call
 * @throws StudioError `storage-full` or `storage-denied` if the system writes no more
 */
export function writeWhole(
  file: number,
  bytes: Uint8Array,
  at: number,
  path: string,
  write: typeof writeSync = writeSync,
): void {
  for (let written = 0; written < bytes.length;) {
    let count: number;
    try {
      const from = written;
      count = again(() => write(file, bytes, from, bytes.length - from, at + from));
    } catch (cause) {
      throw outputError(path, cause);
    }
    if (count === 0) {
      const found = `${path} took ${written} of ${bytes.length} bytes and then no more.`;
      throw new StudioError('storage-full', found, 'Make room, or name a place on another disk.');
    }
    written += count;
  }
}

/**
 * Fills `into` from byte `at` on, or up to the end of the file.
 * @param read the system call
 * @returns how many bytes there were
 * @throws StudioError `storage-denied`
 */
export function readWhole(
  file: number,
  into: Uint8Array,
  at: number,
  path: string,
  read: typeof readSync = readSync,
): number {
  for (let filled = 0; ;) {
    if (filled === into.length) return filled;
    let count: number;
    try {
      const from = filled;
      count = again(() => read(file, into, from, into.length - from, at + from));
    } catch (cause) {
      throw unreadable(path, cause);
    }
    if (count === 0) return filled;
    filled += count;
  }
}

/** Repeats a call that a signal interrupted, or that the system puts off for a moment. */
function again(call: () => number): number {
  for (let attempt = 1; ; attempt++) {
    try {
      return call();
    } catch (thrown) {
      const errno = errnoOf(thrown);
      if ((errno !== 'EINTR' && errno !== 'EAGAIN') || attempt === MAX_ATTEMPTS) throw thrown;
      if (errno === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
    }
  }
}
