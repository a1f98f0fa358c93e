import { pristine, type DegradationLevels } from '../face-record';
import { keyHash } from './pack-keys';

/** A record as it is written to a set. */
export interface PackedRecord {
  readonly key: string;
  /** Whether its key was already taken, so that a number was appended. */
  readonly renamed: boolean;
  readonly label: number;
  /** Encoded, as in the source. */
  readonly picture: Uint8Array;
  readonly degradation?: DegradationLevels;
}

/** Identifies a written record when it is read back. */
export interface Fingerprint {
  readonly label: number;
  /** {@link keyHash} of the key. */
  readonly key: number;
  /** The first eight bytes of the SHA-256 of degradation and picture. */
  readonly contents: bigint;
}

/** Size of an encoded fingerprint. */
export const FINGERPRINT_BYTES = 20;

const LEVELS = Object.keys(pristine) as (keyof DegradationLevels)[];

/** The fingerprint of a record; labels must be below 2^32. */
export async function fingerprintOf({
  key,
  label,
  picture,
  degradation,
}: Omit<PackedRecord, 'renamed'>): Promise<Fingerprint> {
  const levels = degradation
    ? new TextEncoder().encode(JSON.stringify(LEVELS.map((level) => degradation[level])))
    : new Uint8Array();
  const contents = new Uint8Array(levels.length + picture.length);
  contents.set(levels);
  contents.set(picture, levels.length);
  const hash = new DataView(await crypto.subtle.digest('SHA-256', contents));
  return { label, key: keyHash(key), contents: hash.getBigUint64(0, true) };
}

/** Encodes a fingerprint in 20 bytes. */
export function encodeFingerprint({ label, key, contents }: Fingerprint): Uint8Array {
  const bytes = new Uint8Array(FINGERPRINT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, label, true);
  view.setFloat64(4, key, true);
  view.setBigUint64(12, contents, true);
  return bytes;
}

/**
 * Decodes a stream of fingerprints with chunks of any size; an incomplete one at the end is
 * dropped.
 */
export async function* decodeFingerprints(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<Fingerprint> {
  const reader = stream.getReader();
  let rest = new Uint8Array();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const bytes = new Uint8Array(rest.length + value.length);
      bytes.set(rest);
      bytes.set(value, rest.length);
      const view = new DataView(bytes.buffer);
      let at = 0;
      for (; at + FINGERPRINT_BYTES <= bytes.length; at += FINGERPRINT_BYTES) {
        yield {
          label: view.getUint32(at, true),
          key: view.getFloat64(at + 4, true),
          contents: view.getBigUint64(at + 12, true),
        };
      }
      rest = bytes.slice(at);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
