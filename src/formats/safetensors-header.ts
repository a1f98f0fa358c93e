import { badFile } from './stored-tensors';
import { elementBytes } from './tensor-elements';
import { tensorDtypes, type TensorDtype, type TensorEntry } from './tensor-file';

/** The longest header that is read, as the format itself has it. */
const LONGEST_HEADER = 100_000_000;

/** An array of a safetensors file: its bytes `from` to `to` behind the header. */
export interface SafetensorsEntry extends TensorEntry {
  readonly from: number;
  readonly to: number;
}

/** What the head of a safetensors file says. */
export interface SafetensorsHeader {
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * How long the header is, from the file's first eight bytes.
 * @throws StudioError `bad-checkpoint` for more than the format allows, or than the file has
 */
export function headerLengthOf(first: Uint8Array, name: string, size: number): number {
  if (first.length < 8) throw badFile(name, `It has ${size} bytes; a header takes at least 8.`);
  const length = Number(new DataView(first.buffer, first.byteOffset).getBigUint64(0, true));
  if (length > LONGEST_HEADER || 8 + length > size) throw badFile(name, `Its header claims ${length} bytes; the file has ${size}, and the format allows ${LONGEST_HEADER}.`);
  return length;
}

/**
 * Reads the header.
 * @param dataLength bytes behind it
 * @throws StudioError `bad-checkpoint` for a header that isn't one, or an array that isn't where or what it claims
 */
export function parseSafetensorsHeader(json: Uint8Array, name: string, dataLength: number): SafetensorsHeader {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    throw badFile(name, 'Its header is not JSON.');
  }
  if (!isRecord(header)) throw badFile(name, 'Its header is no JSON object.');
  const { __metadata__: metadata = {}, ...arrays } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) throw badFile(name, 'Its metadata are no texts.');
  const entries = Object.entries(arrays).map(([array, description]) => entryOf(array, description, name, dataLength));
  let end = 0;
  for (const { name: array, from, to } of [...entries].sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from < end) throw badFile(name, `Its array "${array}" at byte ${from} begins inside another.`);
    end = to;
  }
  return { entries, metadata: metadata as Record<string, string> };
}

function entryOf(array: string, description: unknown, name: string, dataLength: number): SafetensorsEntry {
  if (!isRecord(description)) throw badFile(name, `Its array "${array}" has no description.`);
  const { dtype, shape, data_offsets: offsets } = description;
  if (!isDtype(dtype)) throw badFile(name, `Its array "${array}" is of type ${String(dtype)}; ${tensorDtypes.join(', ')} are read.`);
  const sides = Array.isArray(shape) && shape.every((side) => Number.isSafeInteger(side) && side >= 0) ? (shape as number[]) : null;
  if (!sides) throw badFile(name, `Its array "${array}" has shape ${JSON.stringify(shape)}.`);
  const [from, to] = (Array.isArray(offsets) ? offsets : []) as unknown[];
  const size = elementBytes[dtype] * sides.reduce((product, side) => product * side, 1);
  if (!(Number.isSafeInteger(from) && Number.isSafeInteger(to) && (from as number) >= 0 && (to as number) <= dataLength && (to as number) - (from as number) === size)) {
    throw badFile(name, `Its array "${array}" claims bytes ${String(from)} to ${String(to)} of ${dataLength} for ${dtype} of shape [${sides.join(', ')}].`);
  }
  return { name: array, dtype, shape: sides, from: from as number, to: to as number };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isDtype = (value: unknown): value is TensorDtype => (tensorDtypes as readonly unknown[]).includes(value);
