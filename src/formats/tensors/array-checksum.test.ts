import { expect, it } from 'vitest';
import { verifyChecksums, verifyFileChecksums, withChecksums } from './array-checksum';
import { BlobByteSource } from '../bytes/byte-source';
import { openTensorFile } from './open-tensor-file';
import { readSafetensors, writeSafetensors, type NamedArray } from '../safetensors/safetensors';

const arrays = new Map<string, NamedArray>([
  ['b', { dtype: 'F32', shape: [3], data: Float32Array.of(1, 2, 3) }],
  ['a', { dtype: 'F32', shape: [2, 1], data: Float32Array.of(-1, 0.5) }],
]);
const file = writeSafetensors(arrays, withChecksums(arrays, { format: 'test', place: 'step 7' }));

function checkWhole(bytes: Uint8Array): void {
  const { tensors, metadata } = readSafetensors(bytes, 'test.safetensors');
  verifyChecksums(tensors, metadata, 'test.safetensors');
}

async function checkByParts(bytes: Uint8Array): Promise<void> {
  const source = new BlobByteSource(
    'test.safetensors',
    new Blob([bytes as Uint8Array<ArrayBuffer>]),
  );
  await verifyFileChecksums(await openTensorFile(source));
}

it('an undamaged file passes, read whole or in parts, with its arrays in any order', async () => {
  expect(() => checkWhole(file)).not.toThrow();
  await checkByParts(file);
  const { tensors, metadata } = readSafetensors(file);
  const turned = writeSafetensors(
    new Map([...tensors].reverse()),
    Object.fromEntries(Object.entries(metadata).reverse()),
  );
  expect(() => checkWhole(turned)).not.toThrow();
  await checkByParts(turned);
});

it('a file without checksums passes', async () => {
  const bare = writeSafetensors(arrays, { format: 'test' });
  expect(() => checkWhole(bare)).not.toThrow();
  await checkByParts(bare);
});

it('any changed byte is found, and the message names the damaged part', async () => {
  const header = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
  // The blanks behind the header's text have no meaning, so damage to them doesn't count.
  const text = new TextDecoder().decode(file.subarray(8, header)).trimEnd().length;
  for (let at = 0; at < file.length; at++) {
    if (at >= 8 + text && at < header) continue;
    for (const change of [1, 0x20, 0x80]) {
      const changed = file.slice();
      changed[at]! ^= change;
      const refused = expect.objectContaining({ code: 'bad-checkpoint' });
      expect(() => checkWhole(changed), `byte ${at} by ${change}`).toThrow(refused);
      await expect(checkByParts(changed), `byte ${at} by ${change}`).rejects.toEqual(refused);
    }
  }
  const changed = file.slice();
  changed[file.length - 1]! ^= 1;
  const crc = '[0-9a-f]{8}';
  const found = `its arrays have checksum ${crc}, ${crc} was written`;
  expect(() => checkWhole(changed)).toThrow(
    new RegExp(`^test\\.safetensors is damaged: ${found}\\.$`),
  );
});
