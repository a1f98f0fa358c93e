import { kindOf } from '../pickle/pickle-objects';
import { badFile, product } from '../tensors/stored-tensors';
import { elementBytes } from '../tensors/tensor-elements';
import { tensorDtypes, type TensorDtype, type TensorEntry } from '../tensors/tensor-file';

/** The longest header that the format allows. */
const MAX_HEADER_BYTES = 100_000_000;
/** Far more axes than any saved array has. */
const MAX_AXES = 64;

/** An array of a safetensors file: its bytes `from` to `to` behind the header. */
export interface SafetensorsEntry extends TensorEntry {
  readonly from: number;
  readonly to: number;
}

/** The contents of a safetensors header. */
export interface SafetensorsHeader {
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * How long the header is.
 * @param lengthField the file's first eight bytes
 * @throws StudioError `bad-checkpoint` for a longer header than the format allows or the file holds
 */
export function headerLengthOf(lengthField: Uint8Array, name: string, size: number): number {
  if (lengthField.length < 8)
    throw badFile(name, `It has ${size} bytes; a header takes at least 8.`);
  const view = new DataView(lengthField.buffer, lengthField.byteOffset);
  const length = Number(view.getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES || 8 + length > size)
    throw badFile(
      name,
      `Its header claims ${length} bytes; the file has ${size}, and the format allows ` +
        `${MAX_HEADER_BYTES}.`,
    );
  return length;
}

/**
 * Reads the header.
 * @param dataLength bytes behind it
 * @throws StudioError `bad-checkpoint` for an invalid header, an array whose bytes don't fit its
 * type and shape, two arrays of one name, and for bytes that belong to two arrays or to none
 */
export function parseSafetensorsHeader(
  json: Uint8Array,
  name: string,
  dataLength: number,
): SafetensorsHeader {
  let header: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(json);
    header = JSON.parse(text);
  } catch {
    throw badFile(name, 'Its header is not JSON.');
  }
  if (!isRecord(header)) throw badFile(name, 'Its header is not a JSON object.');
  const { __metadata__: metadata = {}, ...arrays } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string'))
    throw badFile(name, 'Its metadata are not all texts.');
  const entries = Object.entries(arrays).map(([array, description]) =>
    entryOf(array, description, name, dataLength),
  );
  const repeated = repeatedKey(text);
  if (repeated !== null) throw badFile(name, `Its header has the key "${brief(repeated)}" twice.`);
  let end = 0;
  for (const { name: array, from, to } of [...entries].sort(
    (a, b) => a.from - b.from || a.to - b.to,
  )) {
    if (from < end)
      throw badFile(name, `Its array "${brief(array)}" at byte ${from} begins inside another.`);
    if (from > end)
      throw badFile(
        name,
        `Its bytes ${end} to ${from} belong to no array; the format leaves no gaps.`,
      );
    end = to;
  }
  if (end !== dataLength)
    throw badFile(
      name,
      `Its arrays end at byte ${end} of ${dataLength}; the format leaves no gaps.`,
    );
  return { entries, metadata: metadata as Record<string, string> };
}

function entryOf(
  array: string,
  description: unknown,
  name: string,
  dataLength: number,
): SafetensorsEntry {
  const its = `Its array "${brief(array)}"`;
  if (!isRecord(description)) throw badFile(name, `${its} has no description.`);
  const { dtype, shape, data_offsets: offsets } = description;
  if (!isDtype(dtype))
    throw badFile(name, `${its} is of type ${kindOf(dtype)}; ${tensorDtypes.join(', ')} are read.`);
  if (!Array.isArray(shape) || shape.length > MAX_AXES || !shape.every(isSide))
    throw badFile(
      name,
      `${its} has ${kindOf(shape)} for a shape; at most ${MAX_AXES} whole numbers were expected.`,
    );
  const [from, to] = (Array.isArray(offsets) ? offsets : []) as unknown[];
  if (
    !isSide(from) ||
    !isSide(to) ||
    to > dataLength ||
    to - from !== elementBytes[dtype] * product(shape)
  ) {
    throw badFile(
      name,
      `${its} claims bytes ${kindOf(from)} to ${kindOf(to)} of ${dataLength} for ${dtype} ` +
        `of shape [${shape.join(', ')}].`,
    );
  }
  return { name: array, dtype, shape, from, to };
}

/**
 * The first key that a JSON object has twice; JSON.parse would silently keep the last. Keys of
 * inner objects don't count.
 */
function repeatedKey(json: string): string | null {
  const seen = new Set<string>();
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const letter = json[at];
    if (letter === '{' || letter === '[') depth++;
    else if (letter === '}' || letter === ']') depth--;
    else if (letter === '"') {
      const from = at++;
      while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
      // The values at this depth are objects, so every string is a key.
      if (depth !== 1) continue;
      const key = JSON.parse(json.slice(from, at + 1)) as string;
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return null;
}

/** A name, shortened for a message. */
const brief = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text);
const isSide = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isDtype = (value: unknown): value is TensorDtype =>
  (tensorDtypes as readonly unknown[]).includes(value);
