import type { ShardVersion } from '../sources/webdataset/shard-opener';

/**
 * Kept shards are hashed, written and checked in blocks of so many bytes; the last one may be
 * shorter.
 */
export const BLOCK_BYTES = 2 ** 20;

/** What vouches for a kept shard: written after the last byte of it, read before the first. */
export interface ShardRecord {
  /** Absolute. */
  readonly url: string;
  /** Of the shard as it is stored, in bytes. */
  readonly length: number;
  /** Of each block, in order. */
  readonly hashes: readonly number[];
  /** The state of the server's file that was kept; its `size` is `length`. */
  readonly version: ShardVersion;
  /** Milliseconds since the epoch. */
  readonly keptAt: number;
  /** When it was last opened, in milliseconds since the epoch. */
  readonly usedAt: number;
}

/** Records of another form are rubbish to this code. */
const FORM = 1;
/** Hashes of a terabyte; a larger file is no record. */
export const MAX_RECORD = 2 ** 24 + 2 ** 16;
/** A hash and its comma, at most. */
const HASH_CHARACTERS = 17;

/**
 * The two files of a shard. Their names come of its address's SHA-256, which no server's choice of
 * addresses makes collide.
 */
export interface ShardFiles {
  readonly payload: string;
  readonly record: string;
}

/** Names of the files that keep the shard at `url`. */
export async function filesOf(url: string): Promise<ShardFiles> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(url)));
  const stem = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { payload: `${stem}.shard`, record: `${stem}${RECORD_ENDING}` };
}

/** What a record's name ends in. */
export const RECORD_ENDING = '.json';

/** How many blocks a shard of `length` bytes has. */
const blockCount = (length: number) => Math.ceil(length / BLOCK_BYTES);

/** A record's file. */
export function encodeRecord(record: ShardRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ form: FORM, ...record }));
}

/** What the record of a shard of `length` bytes takes at most, in bytes. */
export function largestRecord(url: string, version: ShardVersion, length: number): number {
  const most = Number.MAX_SAFE_INTEGER;
  const bare = encodeRecord({
    url,
    length: most,
    hashes: [],
    version: { ...version, size: most },
    keptAt: most,
    usedAt: most,
  });
  return bare.length + HASH_CHARACTERS * blockCount(length);
}

/**
 * The record in a file's text, or null where it holds none: a crash, another form, or somebody's
 * hand.
 */
export function parseRecord(text: string): ShardRecord | null {
  let found: Record<string, unknown> | null;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof found !== 'object' || found === null || found.form !== FORM) return null;
  const { url, length, hashes, keptAt, usedAt } = found;
  const version = parseVersion(found.version);
  const counts = (value: unknown): value is number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  if (
    typeof url !== 'string' ||
    !URL.canParse(url) ||
    !version ||
    !counts(length) ||
    !counts(keptAt) ||
    !counts(usedAt)
  )
    return null;
  if (!Array.isArray(hashes) || hashes.length !== blockCount(length) || !hashes.every(counts))
    return null;
  return { url, length, hashes, version: { ...version, size: length }, keptAt, usedAt };
}

function parseVersion(found: unknown): ShardVersion | null {
  if (typeof found !== 'object' || found === null) return null;
  const texts: { etag?: string; modified?: string; validator?: string } = {};
  for (const field of ['etag', 'modified', 'validator'] as const) {
    const value: unknown = field in found ? (found as Record<string, unknown>)[field] : undefined;
    if (value !== undefined && typeof value !== 'string') return null;
    if (value !== undefined) texts[field] = value;
  }
  return texts;
}
