import type { InPlaceFile } from '../../../formats/bytes/file-store';
import { crc32 } from '../../../formats/bytes/crc32';
import type { RecordLayout } from './feature-record';

/** Magic, length of the key, CRC of the key; then the key itself. */
const MAGIC = 0x31464353;
const KEY_AT = 12;
/**
 * Commits are written to two places in turn, so that a crash during one leaves the other: CRC,
 * turn, records, whether the source is complete.
 */
const COMMITS = [3072, 3584] as const;
const COMMIT_BYTES = 20;

/** Where the first record of a cache's file begins, in bytes. */
export const RECORDS_AT = 4096;

/** How much of a cache's file survives a crash. */
export interface Commit {
  /** Counts commits: the one with the higher turn is the last. */
  readonly turn: number;
  readonly records: number;
  /** The source has been read to its end. */
  readonly complete: boolean;
}

/** The beginning of a cache's file, which names what its features are of. */
export function headerOf(key: string, { embeddingDim, inputSize }: RecordLayout): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify({ key, embeddingDim, inputSize }));
  if (KEY_AT + text.length > COMMITS[0])
    throw new RangeError(
      `The key of a feature cache has ${text.length} bytes; ${COMMITS[0] - KEY_AT} fit.`,
    );
  const bytes = new Uint8Array(KEY_AT + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, text.length, true);
  view.setUint32(8, crc32(text), true);
  bytes.set(text, KEY_AT);
  return bytes;
}

/** The last commit of a file that begins with `header`; null for any other file. */
export function lastCommit(file: InPlaceFile, header: Uint8Array): Commit | null {
  const found = new Uint8Array(header.length);
  const isOurs =
    file.read(found, 0) === header.length && found.every((byte, i) => byte === header[i]);
  if (!isOurs) return null;
  let last: Commit | null = null;
  for (const at of COMMITS) {
    const commit = readCommit(file, at);
    if (commit && commit.turn > (last?.turn ?? 0)) last = commit;
  }
  return last;
}

/** Writes a commit over the one before the last. */
export function writeCommit(file: InPlaceFile, { turn, records, complete }: Commit): void {
  const bytes = new Uint8Array(COMMIT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, turn, true);
  view.setFloat64(8, records, true);
  view.setUint32(16, complete ? 1 : 0, true);
  view.setUint32(0, crc32(bytes.subarray(4)), true);
  file.write(bytes, COMMITS[turn % 2]!);
}

/** null if there is none, or a crash cut its writing off. */
function readCommit(file: InPlaceFile, at: number): Commit | null {
  const bytes = new Uint8Array(COMMIT_BYTES);
  if (file.read(bytes, at) < COMMIT_BYTES) return null;
  const view = new DataView(bytes.buffer);
  if (view.getUint32(0, true) !== crc32(bytes.subarray(4))) return null;
  return {
    turn: view.getUint32(4, true),
    records: view.getFloat64(8, true),
    complete: view.getUint32(16, true) === 1,
  };
}
