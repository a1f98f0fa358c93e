import { crc32 } from '../../../formats/bytes/crc32';
import type { IjbFace } from '../../../evaluation/ijb/ijb-templates';
import type { LostPicture } from '../../locate-pictures';

/** What the reading of a picture has given: a face, or the reason why it is lost. */
export type IjbReading =
  | {
      readonly face: IjbFace;
      /** What is wrong with the release's points, if our detector found the face; else null. */
      readonly foundAnew: string | null;
      readonly loss: null;
    }
  | { readonly face: null; readonly loss: Pick<LostPicture, 'what' | 'reason'> };

/** Numbers in a record of a face. */
export interface ReadingLayout {
  readonly embeddingDim: number;
  /** Numbers that each head gives, in the heads' order. */
  readonly outputSizes: readonly number[];
}

/** Bytes before a record's content: CRC-32 of all that follows, bytes of the content, kind. */
export const RECORD_HEADER_BYTES = 12;
/** Longer reasons are cut: a record is held in memory whole. */
const MAX_REASON_BYTES = 2 ** 16;

const KINDS = ['face', 'found anew', 'undetected', 'unreadable'] as const;

/** Bytes of the record of a face, without a reason. */
export const faceRecordBytes = (layout: ReadingLayout): number =>
  RECORD_HEADER_BYTES + 8 + 4 * numbersIn(layout);

/**
 * A reading as a record: little-endian, the numbers in float32 as they are, so that figures made of
 * it are those of the picture itself.
 */
export function recordOf(reading: IjbReading, layout: ReadingLayout): Uint8Array {
  const { face, loss } = reading;
  const text = face ? (reading.foundAnew ?? '') : loss.reason;
  const reason = new TextEncoder().encode(text).subarray(0, MAX_REASON_BYTES);
  const numbers = face ? 8 + 4 * numbersIn(layout) : 0;
  const record = new Uint8Array(RECORD_HEADER_BYTES + numbers + reason.length);
  const view = new DataView(record.buffer);
  view.setUint32(4, numbers + reason.length, true);
  view.setUint32(8, KINDS.indexOf(kindOf(reading)), true);
  if (face) {
    view.setFloat64(RECORD_HEADER_BYTES, face.detectorScore, true);
    let at = RECORD_HEADER_BYTES + 8;
    for (const values of [face.embedding, ...face.concentrations]) {
      for (const value of values) {
        view.setFloat32(at, value, true);
        at += 4;
      }
    }
  }
  record.set(reason, RECORD_HEADER_BYTES + numbers);
  view.setUint32(0, crc32(record.subarray(4)), true);
  return record;
}

/** The bytes of a record's content, by its header. */
export const contentBytes = (header: Uint8Array): number => viewOf(header).getUint32(4, true);

/** The reading in a whole record; null if it is not what was written. */
export function readingIn(record: Uint8Array, layout: ReadingLayout): IjbReading | null {
  const view = viewOf(record);
  const kind = KINDS[view.getUint32(8, true)];
  if (!kind || view.getUint32(0, true) !== crc32(record.subarray(4))) return null;
  const text = (at: number) => new TextDecoder().decode(record.subarray(at));
  switch (kind) {
    case 'undetected':
    case 'unreadable':
      return { face: null, loss: { what: kind, reason: text(RECORD_HEADER_BYTES) } };
    case 'face':
    case 'found anew': {
      if (record.length < faceRecordBytes(layout)) return null;
      let at = RECORD_HEADER_BYTES + 8;
      const numbers = (count: number) => {
        const values = Float32Array.from({ length: count }, (_, i) =>
          view.getFloat32(at + 4 * i, true),
        );
        at += 4 * count;
        return values;
      };
      const face = {
        detectorScore: view.getFloat64(RECORD_HEADER_BYTES, true),
        embedding: numbers(layout.embeddingDim),
        concentrations: layout.outputSizes.map(numbers),
      };
      return { face, foundAnew: kind === 'face' ? null : text(at), loss: null };
    }
    default:
      return kind satisfies never;
  }
}

function kindOf(reading: IjbReading): (typeof KINDS)[number] {
  if (reading.loss) return reading.loss.what;
  return reading.foundAnew === null ? 'face' : 'found anew';
}

const numbersIn = ({ embeddingDim, outputSizes }: ReadingLayout): number =>
  embeddingDim + outputSizes.reduce((sum, size) => sum + size, 0);

const viewOf = ({ buffer, byteOffset, length }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, length);
