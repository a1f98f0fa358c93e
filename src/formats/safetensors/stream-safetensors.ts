import { crc32 } from '../bytes/crc32';
import { CHECKSUM_ARRAY, checksumBytes, withTextChecksum } from '../tensors/array-checksum';
import { product } from '../tensors/stored-tensors';
import type { TensorEntry } from '../tensors/tensor-file';
import { safetensorsHeader } from './safetensors';

/** A float32 array that is given in parts, one after the other. */
export interface StreamedArray {
  readonly shape: readonly number[];
  /** All its elements in row-major order; called once. */
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
      for await (const { buffer, byteOffset, byteLength, length } of parts()) {
        const bytes = new Uint8Array(buffer, byteOffset, byteLength);
        crc = crc32(bytes, crc);
        count += length;
        yield bytes;
      }
      if (count !== product(shape))
        throw new Error(`${name} gave ${count} elements; [${shape.join(', ')}] was announced`);
    }
    yield checksumBytes(crc);
  };
  return { bytes: header.length + 4 * elements + 4, chunks: chunks() };
}
