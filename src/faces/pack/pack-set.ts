import { StudioError } from '../../core/studio-error';
import type { FaceRecord } from '../face-record';
import type { Fingerprint, PackedRecord } from './pack-fingerprint';
import type { ShardEntry } from '../sources/webdataset/shard-list';

/** A packed set. */
export interface PackedSet {
  /** Folder relative to the target folder; '' for a single set. */
  readonly folder: string;
  readonly images: number;
  readonly identities: number;
  /** Its record files, with paths relative to its folder. */
  readonly shards: readonly Required<ShardEntry>[];
  /** Number of records whose key was already taken, so that a number was appended. */
  readonly renamed: number;
}

/**
 * State from which writing a set resumes; plain data. The rest is restored from the fingerprints.
 */
export type SetState = TarState | RecordIoState;

/**
 * Writes the records of one set. Each record is prepared in turn, or restored if it was already
 * written.
 */
export interface SetWriter {
  /**
   * Assigns the next record its key.
   * @throws StudioError `bad-source` for a label or a picture that can't be written
   */
  prepare(record: FaceRecord, label: number): PackedRecord;
  /** Counts the next record, which was already written, without reading it again. */
  restore(fingerprint: Fingerprint): void;
  write(record: PackedRecord): Promise<void>;
  /** Flushes to the sink, and returns the state from which writing resumes. */
  state(): Promise<SetState>;
  /** Finishes the set's record files. @throws StudioError if there are no records */
  finish(): Promise<PackedSet>;
}

/** With a header this stays below the limits of the tar and RecordIO readers. */
const MAX_PICTURE_BYTES = 64 * 2 ** 20 - 64;

/**
 * @throws StudioError `bad-source` for a label of `limit` or more, or a picture that is too large
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
  if (picture.length > MAX_PICTURE_BYTES) {
    throw new StudioError(
      'bad-source',
      `The picture of "${key}" has ${picture.length} bytes; at most ${MAX_PICTURE_BYTES} are read.`,
      'Scale it down, or leave it out.',
    );
  }
}

/** The path of a set's file, relative to the target folder. */
export const pathIn = (folder: string, name: string): string =>
  folder ? `${folder}/${name}` : name;

/** State from which writing tar shards resumes. */
export interface TarState {
  readonly form: 'tar';
  /** The finished shards. */
  readonly shards: readonly Required<ShardEntry>[];
  /** Records and bytes of the unfinished shard. */
  readonly images: number;
  readonly bytes: number;
  readonly renamed: number;
}

/** State from which writing RecordIO resumes. */
export interface RecordIoState {
  readonly form: 'recordio';
  /** Size of the `.rec`. */
  readonly bytes: number;
  /** Height and width of the first picture; null if not read yet, or not in its header. */
  readonly size: readonly [number, number] | null;
}
