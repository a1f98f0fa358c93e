import { StudioError } from '../../core/studio-error';
import type { FaceRecord } from '../face-record';
import type { Fingerprint, PackedRecord } from './pack-fingerprint';

import type { ShardEntry } from '../sources/webdataset/shard-list';

/** A set that was packed. */
export interface PackedSet {
  /** Below where the pack goes; '' for one set alone. */
  readonly folder: string;
  readonly images: number;
  readonly identities: number;
  /** Its files of records, with paths from its folder. */
  readonly shards: readonly Required<ShardEntry>[];
  /** Records whose key another one had before, which got a number behind it. */
  readonly renamed: number;
}

/**
 * Where the writing of a set goes on from: plain data. What else there is to know lies in the
 * fingerprints.
 */
export type SetState = TarState | RecordIoState;

/**
 * Writes the records of one set, each prepared (or restored, where it was written before) in turn.
 */
export interface SetWriter {
  /**
   * Gives the next record its key. @throws StudioError `bad-source` for a label or a picture that
   * can't be written
   */
  prepare(record: FaceRecord, label: number): PackedRecord;
  /** The next record was written before, and isn't read again. */
  restore(fingerprint: Fingerprint): void;
  write(record: PackedRecord): Promise<void>;
  /** Gives all that was written to the sink, and tells where writing goes on from. */
  state(): Promise<SetState>;
  /** Ends the set's files of records. @throws StudioError where there are no records */
  finish(): Promise<PackedSet>;
}

/** In bytes: with a header it stays below what the readers of tar and RecordIO take. */
const MAX_PICTURE = 64 * 2 ** 20 - 64;

/**
 * @throws StudioError `bad-source` for a label from `limit` on, or a picture that the readers don't
 * take
 */
export function checkRecord(
  { key, label, picture }: PackedRecord,
  limit: number,
  form: string,
): void {
  if (label >= limit) {
    throw new StudioError(
      'bad-source',
      `The record "${key}" has the label ${label}; ${form} holds whole numbers below ${limit}.`,
      'Pack with --relabel.',
    );
  }
  if (picture.length > MAX_PICTURE) {
    throw new StudioError(
      'bad-source',
      `The picture of "${key}" has ${picture.length} bytes; at most ${MAX_PICTURE} are read.`,
      'Scale it down, or leave it out.',
    );
  }
}

/** A path below the pack of a file in a set's folder. */
export const pathIn = (folder: string, name: string): string =>
  folder ? `${folder}/${name}` : name;

/** Where writing goes on from. */
export interface TarState {
  readonly form: 'tar';
  /** Those that are whole. */
  readonly shards: readonly Required<ShardEntry>[];
  /** Records and bytes of the one that is not. */
  readonly images: number;
  readonly bytes: number;
  readonly renamed: number;
}

/** Where writing goes on from. */
export interface RecordIoState {
  readonly form: 'recordio';
  /** Of the `.rec`. */
  readonly bytes: number;
  /** Height and width of the first picture; null where it was not read, or tells none. */
  readonly size: readonly [number, number] | null;
}
