import * as v from 'valibot';
import { trainedMethodNames } from '../../confidence/confidence-method';
import { StudioError } from '../../core/studio-error';
import { crc32 } from '../../formats/bytes/crc32';
import {
  readSafetensors,
  writeSafetensors,
  type NamedArray,
} from '../../formats/safetensors/safetensors';
import type { ValidationResult } from '../../training/session/run-events';

/** Name of the file in a run's folder. */
export const VALIDATIONS_FILE = 'validations.bin';

const FORMAT = 'scf-validations-1';
/** The file's first bytes: its format, padded with spaces, and a line's end. */
export const validationHeader = new TextEncoder().encode(`${FORMAT.padEnd(23)}\n`);
/** Begins every record, so that those behind a damaged one are found. "SCFv". */
const MARKER = Uint8Array.of(0x53, 0x43, 0x46, 0x76);
/** A record's marker, payload length and payload CRC, each of four bytes, and four of zeros. */
const FRAME_BYTES = 16;

const arrayNames = ['kappa', 'cosTheta', 'severity'] as const;
type ArrayName = (typeof arrayNames)[number];
type Scalars = Omit<ValidationResult, ArrayName>;

/** JSON has no NaN: a loss is kept as text. */
const lossSchema = v.pipe(v.string(), v.transform(Number));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const scalarsSchema = v.object({
  step: count,
  epoch: count,
  method: v.picklist(trainedMethodNames),
  objective: v.picklist(['exact', 'reference']),
  loss: lossSchema,
  spearman: v.nullable(v.number()),
  // Runs of earlier versions of the studio have none.
  spearmanInterval: v.optional(v.nullable(v.tuple([v.number(), v.number()])), null),
  spearmanClean: v.nullable(v.number()),
  images: count,
  identities: count,
});

/** What a file of validations holds. */
export interface DecodedValidations {
  /** In order of steps. */
  readonly results: readonly ValidationResult[];
  /** Where each of them begins, in bytes. */
  readonly offsets: readonly number[];
  /** Whether something between or behind them is damaged; a record that is cut off isn't. */
  readonly isDamaged: boolean;
  /** Bytes up to the end of the last whole record. */
  readonly wholeBytes: number;
}

/** A record to append: scalars and arrays as a safetensors file, framed by length and checksum. */
export function encodeValidation(result: ValidationResult): Uint8Array {
  const { kappa, cosTheta, severity, ...scalars } = result;
  const arrays = new Map<string, NamedArray>(
    Object.entries({ kappa, cosTheta, severity }).map(([name, data]) => [
      name,
      { dtype: 'F32', shape: [data.length], data },
    ]),
  );
  const metadata = { validation: JSON.stringify({ ...scalars, loss: String(scalars.loss) }) };
  const payload = writeSafetensors(arrays, metadata);
  const bytes = new Uint8Array(FRAME_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  bytes.set(MARKER);
  view.setUint32(4, payload.length, true);
  view.setUint32(8, crc32(payload), true);
  bytes.set(payload, FRAME_BYTES);
  return bytes;
}

/**
 * Reads a file of validations. A record that was cut off at the end is not an error.
 * @throws StudioError `bad-checkpoint` if its first line is damaged, or that of another format
 */
export function decodeValidations(bytes: Uint8Array): DecodedValidations {
  if (!validationHeader.every((byte, at) => bytes[at] === byte))
    throw new StudioError(
      'bad-checkpoint',
      `Its validations don't begin with ${FORMAT}.`,
      'The rest of the run can be used.',
    );
  const results: ValidationResult[] = [];
  const offsets: number[] = [];
  let isDamaged = false;
  let at = validationHeader.length;
  let wholeBytes = at;
  while (at < bytes.length) {
    const frame = frameAt(bytes, at);
    const result = frame && resultOf(frame.payload, results.at(-1)?.step ?? -1);
    if (result) {
      results.push(result);
      offsets.push(at);
      at = frame.end;
      wholeBytes = at;
      continue;
    }
    const next = nextMarker(bytes, at + 1);
    if (next < 0 && isCutOff(bytes, at)) break;
    isDamaged = true;
    at = next < 0 ? bytes.length : next;
  }
  return { results, offsets, isDamaged, wholeBytes };
}

/** The record at a place; null if there is none that is whole. */
function frameAt(bytes: Uint8Array, at: number): { payload: Uint8Array; end: number } | null {
  if (at + FRAME_BYTES > bytes.length) return null;
  if (!MARKER.every((byte, i) => bytes[at + i] === byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, FRAME_BYTES);
  const end = at + FRAME_BYTES + view.getUint32(4, true);
  if (end > bytes.length) return null;
  const payload = bytes.subarray(at + FRAME_BYTES, end);
  return crc32(payload) === view.getUint32(8, true) ? { payload, end } : null;
}

/** Whether a record begins here, and the file ends before it does. */
function isCutOff(bytes: Uint8Array, at: number): boolean {
  const left = bytes.length - at;
  if (!MARKER.every((byte, i) => i >= left || bytes[at + i] === byte)) return false;
  if (left < FRAME_BYTES) return true;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, FRAME_BYTES);
  return FRAME_BYTES + view.getUint32(4, true) > left;
}

/** null for what isn't a validation after the one before, although its checksum is right. */
function resultOf(payload: Uint8Array, lastStep: number): ValidationResult | null {
  try {
    const { tensors, metadata } = readSafetensors(payload, VALIDATIONS_FILE);
    const scalars: Scalars = v.parse(scalarsSchema, JSON.parse(metadata.validation ?? 'null'));
    const [kappa, cosTheta, severity] = arrayNames.map((name) => tensors.get(name)?.data);
    if (!kappa || !cosTheta || !severity || scalars.step <= lastStep) return null;
    if (kappa.length !== cosTheta.length || kappa.length !== severity.length) return null;
    return { ...scalars, kappa, cosTheta, severity };
  } catch {
    return null;
  }
}

function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(MARKER[0]!, from); at >= 0; at = bytes.indexOf(MARKER[0]!, at + 1))
    if (MARKER.every((byte, i) => bytes[at + i] === byte) && frameAt(bytes, at)) return at;
  return -1;
}
