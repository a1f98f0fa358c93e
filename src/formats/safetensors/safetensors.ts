import { headerLengthOf, parseSafetensorsHeader } from './safetensors-header';
import { badFile } from '../tensors/stored-tensors';
import { toFloat32 } from '../tensors/tensor-elements';

/** An array in float32, the type that the studio computes in. */
export interface NamedArray {
  readonly dtype: 'F32';
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Writes a safetensors file: u64 header length, JSON header, then the arrays one after another from
 * an 8-byte boundary on.
 */
export function writeSafetensors(
  arrays: ReadonlyMap<string, NamedArray>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
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
 * Reads a whole safetensors file of float32 arrays.
 * @throws StudioError `bad-checkpoint` for an invalid header, or an array whose bytes don't fit its
 * type and shape, or that isn't float32
 */
export function readSafetensors(
  bytes: Uint8Array,
  name = 'The file',
): { tensors: Map<string, NamedArray>; metadata: Record<string, string> } {
  const length = headerLengthOf(bytes.subarray(0, 8), name, bytes.length);
  const data = bytes.subarray(8 + length);
  const { entries, metadata } = parseSafetensorsHeader(
    bytes.subarray(8, 8 + length),
    name,
    data.length,
  );
  const tensors = new Map<string, NamedArray>();
  for (const { name: array, dtype, shape, from, to } of entries) {
    if (dtype !== 'F32')
      throw badFile(name, `Its array "${array}" is of type ${dtype}; F32 was expected.`);
    tensors.set(array, { dtype, shape, data: toFloat32(data.subarray(from, to), dtype) });
  }
  return { tensors, metadata };
}
