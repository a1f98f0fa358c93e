import { headerLengthOf, parseSafetensorsHeader } from './safetensors-header';
import { joinedBytes } from '../bytes/joined-bytes';
import { badFile, product } from '../tensors/stored-tensors';
import { elementBytes, toFloat32 } from '../tensors/tensor-elements';
import type { TensorDtype } from '../tensors/tensor-file';

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
  const data = [...arrays.values()].map(
    ({ data: { buffer, byteOffset, byteLength } }) =>
      new Uint8Array(buffer, byteOffset, byteLength),
  );
  return joinedBytes([safetensorsHeader(arrays, metadata), ...data]);
}

/**
 * The beginning of a safetensors file, up to the first array's elements.
 * @param arrays in the order in which they follow
 */
export function safetensorsHeader(
  arrays: ReadonlyMap<string, { readonly dtype: TensorDtype; readonly shape: readonly number[] }>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { dtype, shape }] of arrays) {
    const end = offset + elementBytes[dtype] * product(shape);
    header[name] = { dtype, shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20, 8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
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
