import { crc32 } from '../../../formats/bytes/crc32';
import { halfBits, halfValues, MAX_FLOAT16 } from '../../../formats/tensors/float16';
import { StudioError } from '../../../core/studio-error';
import type { FeatureRow } from './feature-rows';

/** Numbers in a record. */
export interface RecordLayout {
  readonly embeddingDim: number;
  readonly inputSize: number;
}

/** One row of a cache's file. */
export interface StoredRow extends FeatureRow {
  /** Which copy of its picture it is; 0 is the unaugmented picture. */
  readonly copy: number;
  /** The place of its picture among the source's records, from 1, those passed over included. */
  readonly sourcePosition: number;
}

/** Bytes before the numbers: CRC-32 of all that follows, label, severity, position, copy. */
const HEADER_BYTES = 20;

/**
 * Bytes of one record, a multiple of 4: at 512 dimensions and the compact head's 1,025 inputs,
 * 3,096.
 */
export const recordBytes = ({ embeddingDim, inputSize }: RecordLayout): number =>
  HEADER_BYTES + 4 * Math.ceil((embeddingDim + inputSize) / 2);

/**
 * Writes a record: little-endian, embedding and head input in float16.
 * @param into as long as a record
 * @throws StudioError `bad-model` for features out of float16's range
 */
export function writeRecord(
  { label, severity, sourcePosition, copy, embedding, headInput }: StoredRow,
  into: Uint8Array,
): void {
  const view = new DataView(into.buffer, into.byteOffset, into.length);
  view.setUint32(4, label, true);
  view.setFloat32(8, severity, true);
  view.setUint32(12, sourcePosition, true);
  view.setUint16(16, copy, true);
  let at = HEADER_BYTES;
  for (const numbers of [embedding, headInput]) {
    for (const value of numbers) {
      if (!(Math.abs(value) <= MAX_FLOAT16)) {
        throw new StudioError(
          'bad-model',
          `The backbone gave a feature of ${value}; numbers up to ${MAX_FLOAT16} are kept.`,
          'Set "features" to "stream", which keeps none, or check how the backbone is fed.',
        );
      }
      view.setUint16(at, halfBits(value), true);
      at += 2;
    }
  }
  view.setUint32(0, crc32(into.subarray(4)), true);
}

/** Whether a record's checksum is right. */
export function isWhole(record: Uint8Array): boolean {
  return (
    new DataView(record.buffer, record.byteOffset).getUint32(0, true) === crc32(record.subarray(4))
  );
}

/** What a record holds besides its numbers. */
export function readRecordHeader(
  record: Uint8Array,
): Pick<StoredRow, 'label' | 'severity' | 'sourcePosition' | 'copy'> {
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  return {
    label: view.getUint32(4, true),
    severity: view.getFloat32(8, true),
    sourcePosition: view.getUint32(12, true),
    copy: view.getUint16(16, true),
  };
}

/** Reads a record's embedding, as float32. */
export function readEmbedding(
  record: Uint8Array,
  { embeddingDim }: RecordLayout,
  into: Float32Array,
): void {
  readHalves(record, HEADER_BYTES, into.subarray(0, embeddingDim));
}

/** Reads a record's head input, as float32. */
export function readHeadInput(
  record: Uint8Array,
  { embeddingDim, inputSize }: RecordLayout,
  into: Float32Array,
): void {
  readHalves(record, HEADER_BYTES + 2 * embeddingDim, into.subarray(0, inputSize));
}

/** Takes the platform to be little-endian, as every one that runs a browser is. */
function readHalves(record: Uint8Array, offset: number, into: Float32Array): void {
  const values = halfValues();
  const bits = new Uint16Array(record.buffer, record.byteOffset + offset, into.length);
  for (let i = 0; i < bits.length; i++) into[i] = values[bits[i]!]!;
}
