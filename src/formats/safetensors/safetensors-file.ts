import type { ByteSource } from '../bytes/byte-source';
import { headerLengthOf, parseSafetensorsHeader } from './safetensors-header';
import { rowMajor, StoredTensors, type StoredTensor } from '../tensors/stored-tensors';
import type { TensorFile } from '../tensors/tensor-file';

/**
 * Opens a safetensors file: reads its header. An array is read on request.
 * @throws StudioError `bad-checkpoint`
 */
export async function openSafetensors(source: ByteSource): Promise<TensorFile> {
  const { name, size } = source;
  const length = headerLengthOf(await source.read(0, Math.min(8, size)), name, size);
  const start = 8 + length;
  const { entries, metadata } = parseSafetensorsHeader(
    await source.read(8, length),
    name,
    size - start,
  );
  const stored = entries.map(({ name: array, dtype, shape, from }): [string, StoredTensor] => [
    array,
    {
      name: array,
      dtype,
      shape,
      storageAt: async () => start + from,
      offset: 0,
      strides: rowMajor(shape),
    },
  ]);
  return new StoredTensors(source, 'safetensors', new Map(stored), new Map(), metadata);
}
