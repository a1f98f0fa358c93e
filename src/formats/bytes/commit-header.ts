import { crc32 } from './crc32';
import type { InPlaceFile } from './file-store';

/*
 * The beginning of a file that records are appended to, and that survives a crash at any moment: a
 * text that names what the records are of, and how many of them are on disk.
 */

/** Magic, length of the text, CRC of the text; then the text itself. */
const MAGIC = 0x31464353;
const TEXT_AT = 12;
/**
 * Commits are written to two places in turn, so that a crash during one leaves the other: CRC,
 * turn, records, whether all records are there.
 */
const COMMITS = [3072, 3584] as const;
const COMMIT_BYTES = 20;

/** Where the first record of the file begins, in bytes. */
export const RECORDS_AT = 4096;

/** How much of a file survives a crash. */
export interface Commit {
  /** Counts commits: the one with the higher turn is the last. */
  readonly turn: number;
  readonly records: number;
  /** No record is to come. */
  readonly complete: boolean;
}

/** The beginning of a file. @throws RangeError for a text that doesn't fit */
export function headerOf(text: string): Uint8Array {
  const encoded = new TextEncoder().encode(text);
  if (TEXT_AT + encoded.length > COMMITS[0])
    throw new RangeError(
      `The text that names a file's records has ${encoded.length} bytes; ` +
        `${COMMITS[0] - TEXT_AT} fit.`,
    );
  const bytes = new Uint8Array(TEXT_AT + encoded.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, encoded.length, true);
  view.setUint32(8, crc32(encoded), true);
  bytes.set(encoded, TEXT_AT);
  return bytes;
}

/** The last commit of a file that begins with `header`; null for any other file. */
export function lastCommit(file: InPlaceFile, header: Uint8Array): Commit | null {
  const found = new Uint8Array(RECORDS_AT);
  const read = file.read(found, 0);
  const isOurs = read >= header.length && header.every((byte, i) => byte === found[i]);
  return isOurs ? commitIn(found.subarray(0, read)) : null;
}

/**
 * What the first {@link RECORDS_AT} bytes of a file say; null if they are damaged, or of another
 * kind of file.
 */
export function readHeader(bytes: Uint8Array): { text: string; commit: Commit } | null {
  if (bytes.length < TEXT_AT) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const encoded = bytes.subarray(TEXT_AT, TEXT_AT + view.getUint32(4, true));
  if (view.getUint32(0, true) !== MAGIC || view.getUint32(8, true) !== crc32(encoded)) return null;
  const commit = commitIn(bytes);
  return commit && { text: new TextDecoder().decode(encoded), commit };
}

/** The first {@link RECORDS_AT} bytes of a file whose first commit is in them. */
export function headerWithCommit(text: string, commit: Commit): Uint8Array {
  const bytes = new Uint8Array(RECORDS_AT);
  bytes.set(headerOf(text));
  bytes.set(bytesOf(commit), placeOf(commit));
  return bytes;
}

/** Writes a commit over the one before the last. */
export function writeCommit(file: InPlaceFile, commit: Commit): void {
  file.write(bytesOf(commit), placeOf(commit));
}

const placeOf = ({ turn }: Commit): number => COMMITS[turn % 2]!;

function bytesOf({ turn, records, complete }: Commit): Uint8Array {
  const bytes = new Uint8Array(COMMIT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, turn, true);
  view.setFloat64(8, records, true);
  view.setUint32(16, complete ? 1 : 0, true);
  view.setUint32(0, crc32(bytes.subarray(4)), true);
  return bytes;
}

/** The last commit of a header; null if there is none, or a crash cut the only one off. */
function commitIn(header: Uint8Array): Commit | null {
  let last: Commit | null = null;
  for (const at of COMMITS) {
    const bytes = header.subarray(at, at + COMMIT_BYTES);
    if (bytes.length < COMMIT_BYTES) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, COMMIT_BYTES);
    if (view.getUint32(0, true) !== crc32(bytes.subarray(4))) continue;
    const turn = view.getUint32(4, true);
    if (turn <= (last?.turn ?? 0)) continue;
    last = {
      turn,
      records: view.getFloat64(8, true),
      complete: view.getUint32(16, true) === 1,
    };
  }
  return last;
}
