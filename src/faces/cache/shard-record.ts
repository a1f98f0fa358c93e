import type { ShardVersion } from '../sources/webdataset/shard-opener';

/**
 * Cached shards are hashed, written and checked in blocks of this size; the last may be shorter.
 */
export const BLOCK_BYTES = 2 ** 20;

/** Describes a cached shard. It is written after the payload is complete, and read before it. */
export interface ShardRecord {
  /** Absolute URL. */
  readonly url: string;
  /** Size of the stored shard in bytes. */
  readonly length: number;
  /** Checksums of the blocks, in order. */
  readonly hashes: readonly number[];
  /** The version of the server's file that was cached; its `size` is `length`. */
  readonly version: ShardVersion;
  /** Milliseconds since the epoch. */
  readonly keptAt: number;
  /** When it was last opened, in milliseconds since the epoch. */
  readonly usedAt: number;
}

/** Version of the record format; records of other versions are discarded. */
const FORMAT_VERSION = 1;
/** Enough for the hashes of a terabyte; a larger file is not a record. */
export const MAX_RECORD_BYTES = 2 ** 24 + 2 ** 16;
/** Longest hash with its comma. */
const MAX_HASH_BYTES = 17;

/**
 * The two files of a shard. Their names derive from the SHA-256 of its URL, so no server can choose
 * URLs that collide.
 */
export interface ShardFiles {
  readonly payload: string;
  readonly record: string;
}

/** Names of the two files of the shard at `url`. */
export async function filesOf(url: string): Promise<ShardFiles> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(url)));
  const stem = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { payload: `${stem}.shard`, record: `${stem}${RECORD_ENDING}` };
}

/** Extension of record files. */
export const RECORD_ENDING = '.json';

/** Number of blocks of a shard of `length` bytes. */
const blockCount = (length: number) => Math.ceil(length / BLOCK_BYTES);

/** Serialises a record as a file. */
export function encodeRecord(record: ShardRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ form: FORMAT_VERSION, ...record }));
}

/** Upper bound in bytes for the record of a shard of `length` bytes. */
export function maxRecordBytes(url: string, version: ShardVersion, length: number): number {
  const longest = Number.MAX_SAFE_INTEGER;
  const withoutHashes = encodeRecord({
    url,
    length: longest,
    hashes: [],
    version: { ...version, size: longest },
    keptAt: longest,
    usedAt: longest,
  });
  return withoutHashes.length + MAX_HASH_BYTES * blockCount(length);
}

/**
 * Parses a record file. Returns null if it is invalid: cut short by a crash, of another format
 * version, or edited by hand.
 */
export function parseRecord(text: string): ShardRecord | null {
  let found: Record<string, unknown> | null;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof found !== 'object' || found === null || found.form !== FORMAT_VERSION) return null;
  const { url, length, hashes, keptAt, usedAt } = found;
  const version = parseVersion(found.version);
  const isCount = (value: unknown): value is number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  if (
    typeof url !== 'string' ||
    !URL.canParse(url) ||
    !version ||
    !isCount(length) ||
    !isCount(keptAt) ||
    !isCount(usedAt)
  )
    return null;
  if (!Array.isArray(hashes) || hashes.length !== blockCount(length) || !hashes.every(isCount))
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
