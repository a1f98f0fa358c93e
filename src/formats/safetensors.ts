import { StudioError } from './studio-error';

/** A named array: float32, which is what the studio computes in. */
export interface NamedArray {
  readonly dtype: 'F32';
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The longest header that is read, as the format itself has it. */
const LONGEST_HEADER = 100_000_000;

/** A safetensors file: u64 header length, JSON header, arrays one after another from an 8-byte boundary. */
export function writeSafetensors(arrays: ReadonlyMap<string, NamedArray>, metadata: Readonly<Record<string, string>>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { dtype, shape, data }] of arrays) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + offset).fill(0x20, 8, 8 + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, 8);
  let at = 8 + headerLength;
  for (const { data } of arrays.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Reads a safetensors file of float32 arrays.
 * @throws StudioError `bad-checkpoint` for a header that isn't one, or an array that isn't where or what it claims
 */
export function readSafetensors(bytes: Uint8Array): { tensors: Map<string, NamedArray>; metadata: Record<string, string> } {
  if (bytes.length < 8) throw bad(`It has ${bytes.length} bytes; a header takes at least 8.`);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (headerLength > LONGEST_HEADER || 8 + headerLength > bytes.length) {
    throw bad(`Its header claims ${headerLength} bytes; the file has ${bytes.length}.`);
  }
  let header: Record<string, { dtype?: unknown; shape?: unknown; data_offsets?: unknown }>;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  } catch {
    throw bad('Its header is not JSON.');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) throw bad('Its header is no JSON object.');
  const data = bytes.subarray(8 + headerLength);
  const tensors = new Map<string, NamedArray>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    if (typeof entry !== 'object' || entry === null) throw bad(`Its array "${name}" has no description.`);
    const [from, to] = Array.isArray(entry.data_offsets) ? (entry.data_offsets as number[]) : [];
    const shape = Array.isArray(entry.shape) ? (entry.shape as number[]) : [];
    if (entry.dtype !== 'F32') throw bad(`Its array "${name}" is of type ${String(entry.dtype)}; F32 was expected.`);
    if (!shape.every((side) => Number.isInteger(side) && side >= 0)) throw bad(`Its array "${name}" has shape [${shape.join(', ')}].`);
    const size = 4 * shape.reduce((product, side) => product * side, 1);
    if (!(Number.isInteger(from) && from! >= 0 && to! <= data.length && to! - from! === size)) {
      throw bad(`Its array "${name}" claims bytes ${from} to ${to} of ${data.length} for shape [${shape.join(', ')}].`);
    }
    // Copied by hand: a Node Buffer's slice() is a view of the whole file.
    const copy = new Uint8Array(size);
    copy.set(data.subarray(from, to));
    tensors.set(name, { dtype: 'F32', shape, data: new Float32Array(copy.buffer) });
  }
  return { tensors, metadata: (header.__metadata__ ?? {}) as Record<string, string> };
}

function bad(found: string): StudioError {
  return new StudioError('bad-checkpoint', `This is not a readable safetensors file. ${found}`, 'Choose a .safetensors file that this studio saved.');
}
