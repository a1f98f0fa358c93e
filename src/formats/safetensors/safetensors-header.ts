import { kindOf } from '../pickle/pickle';
import { badFile, product } from '../tensors/stored-tensors';
import { elementBytes } from '../tensors/tensor-elements';
import { tensorDtypes, type TensorDtype, type TensorEntry } from '../tensors/tensor-file';

/** The longest header that is read, as the format itself has it. */
const MAX_HEADER_LENGTH = 100_000_000;
/** Nothing that is saved has more axes. */
const MAX_AXES = 64;

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
  if (length > MAX_HEADER_LENGTH || 8 + length > size)
    throw badFile(
      name,
      `Its header claims ${length} bytes; the file has ${size}, and the format allows ` +
        `${MAX_HEADER_LENGTH}.`,
    );
  return length;
}

/**
 * Reads the header.
 * @param dataLength bytes behind it
 * @throws StudioError `bad-checkpoint` for a header that isn't one, an array that isn't where or
 * what it claims or is there twice, and for bytes that belong to two arrays or to none
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
  if (!isRecord(header)) throw badFile(name, 'Its header is no JSON object.');
  const { __metadata__: metadata = {}, ...arrays } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string'))
    throw badFile(name, 'Its metadata are no texts.');
  const entries = Object.entries(arrays).map(([array, description]) =>
    entryOf(array, description, name, dataLength),
  );
  const repeated = repeatedKey(text);
  if (repeated !== null) throw badFile(name, `Its header says twice what "${brief(repeated)}" is.`);
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
 * The first key that a JSON object has twice, of which parsing would keep the last alone. Keys of
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
      // The values at this depth are objects, so that every text is a key.
      if (depth !== 1) continue;
      const key = JSON.parse(json.slice(from, at + 1)) as string;
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return null;
}

/** As much of a name as a message can take. */
const brief = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text);
const isSide = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isDtype = (value: unknown): value is TensorDtype =>
  (tensorDtypes as readonly unknown[]).includes(value);
