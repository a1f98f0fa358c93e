import { crc32 } from '../bytes/crc32';
import {
  CHECKSUM_ARRAY,
  checksumBytes,
  withArraysChecksum,
  withTextChecksum,
} from '../tensors/array-checksum';
import { product } from '../tensors/stored-tensors';
import type { TensorEntry } from '../tensors/tensor-file';
import { safetensorsHeader } from './safetensors';

/** A float32 array that is given in parts, one after the other. */
export interface StreamedArray {
  readonly shape: readonly number[];
  /** All its elements in row-major order. */
  readonly parts: () => AsyncIterable<Float32Array>;
}

/** A file that is made as it is read. */
export interface StreamedFile {
  /** Its size, which is known before its contents. */
  readonly bytes: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * A safetensors file of which one part of one array is in memory at a time. Its last array,
 * {@link CHECKSUM_ARRAY}, holds the checksum of the others, which is known only when they have all
 * been given. The arrays lie in the order of their names.
 */
export function streamSafetensors(
  arrays: ReadonlyMap<string, StreamedArray>,
  metadata: Readonly<Record<string, string>>,
): StreamedFile {
  const names = [...arrays.keys()].sort();
  const entries = new Map<string, Pick<TensorEntry, 'dtype' | 'shape'>>(
    names.map((name) => [name, { dtype: 'F32', shape: arrays.get(name)!.shape }]),
  );
  entries.set(CHECKSUM_ARRAY, { dtype: 'U8', shape: [4] });
  const header = safetensorsHeader(entries, withTextChecksum(entries, metadata));
  const elements = names.reduce((sum, name) => sum + product(arrays.get(name)!.shape), 0);
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield header;
    let crc = 0;
    for (const name of names) {
      const { shape, parts } = arrays.get(name)!;
      let count = 0;
      for await (const part of parts()) {
        const bytes = bytesOf(part);
        crc = crc32(bytes, crc);
        count += part.length;
        yield bytes;
      }
      if (count !== product(shape))
        throw new Error(`${name} gave ${count} elements; [${shape.join(', ')}] was announced`);
    }
    yield checksumBytes(crc);
  };
  return { bytes: header.length + 4 * elements + 4, chunks: chunks() };
}

/** A file that is made as it is read, as often as it is. */
export interface RepeatableFile {
  /** Its size in bytes. */
  readonly bytes: number;
  /** All of it, once more at each call. */
  readonly chunks: () => AsyncIterable<Uint8Array>;
}

/**
 * A safetensors file of which one part of one array is in memory at a time, and whose checksum is
 * in its header, where other programs don't see it as an array. So all arrays are read once before
 * there is a file.
 * @param arrays in the order of the file; their `parts` are called once here, and at each reading
 */
export async function repeatableSafetensors(
  arrays: ReadonlyMap<string, StreamedArray>,
  metadata: Readonly<Record<string, string>>,
): Promise<RepeatableFile> {
  let crc = 0;
  for (const name of [...arrays.keys()].sort())
    for await (const part of arrays.get(name)!.parts()) crc = crc32(bytesOf(part), crc);
  const entries = new Map<string, Pick<TensorEntry, 'dtype' | 'shape'>>(
    [...arrays].map(([name, { shape }]) => [name, { dtype: 'F32', shape }]),
  );
  const header = safetensorsHeader(entries, withArraysChecksum(entries, crc, metadata));
  const elements = [...arrays.values()].reduce((sum, { shape }) => sum + product(shape), 0);
  return {
    bytes: header.length + 4 * elements,
    chunks: async function* () {
      yield header;
      for (const { parts } of arrays.values())
        for await (const part of parts()) yield bytesOf(part);
    },
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
