import { openAsBlob } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BlobByteSource } from '../../src/formats/bytes/byte-source';
import { openTensorFile } from '../../src/formats/tensors/open-tensor-file';
import { writeSafetensors } from '../../src/formats/safetensors/safetensors';
import { seededRandom } from '../../src/core/seeded-random';
import type { TorchArray, TorchValue } from '../../src/formats/torch/torch-value';
import { writeTorchZip } from '../../src/formats/torch/torch-writer';
import { python, relativeError, type Check, type Comparison } from '../check';

/**
 * Files that the studio writes, loaded by `torch.load(weights_only=True)`, with and without memory
 * mapping, and by safetensors; and files that those write, read by the studio.
 */
export const check: Check = async (folder) => [
  ...(await writtenByStudio(folder)),
  ...(await writtenByPython(folder)),
];

async function writtenByStudio(folder: string): Promise<Comparison[]> {
  const random = seededRandom(3);
  const values = Float32Array.from({ length: 6000 }, () => random.next() - 0.5);
  const array = (
    shape: number[],
    data: Float32Array | BigInt64Array,
    dtype: TorchArray['dtype'] = 'F32',
  ): TorchArray => ({
    kind: 'array',
    dtype,
    shape,
    bytes: async () => new Uint8Array(data.buffer as ArrayBuffer),
  });
  const root = new Map<string, TorchValue>([
    ['epoch', 3],
    ['five', { kind: 'float', value: 5 }],
    ['none', null],
    ['flags', [true, false]],
    ['betas', { kind: 'tuple', items: [0.9, 0.999] }],
    ['net', { kind: 'ordered-dict', items: new Map([['0.weight', array([60, 100], values)]]) }],
    ['state', new Map([[0, new Map([['step', array([], BigInt64Array.of(41n), 'I64')]])]])],
  ]);
  await writeFile(
    join(folder, 'studio.pt'),
    await new Response(writeTorchZip(root, 'studio')).bytes(),
  );
  await writeFile(
    join(folder, 'studio.safetensors'),
    writeSafetensors(new Map([['weight', { dtype: 'F32', shape: [60, 100], data: values }]]), {
      made: 'here',
    }),
  );
  await python('torch_files.py', 'read', folder);
  const found = JSON.parse(await readFile(join(folder, 'found.json'), 'utf8')) as Record<
    string,
    number[]
  >;
  return Object.entries(found).map(([way, numbers]) => ({
    what: `a file of the studio, read ${way}`,
    found: relativeError(numbers, values),
    limit: 0,
  }));
}

async function writtenByPython(folder: string): Promise<Comparison[]> {
  await python('torch_files.py', 'write', folder);
  const expected = JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8')) as Record<
    string,
    number[]
  >;
  const comparisons: Comparison[] = [];
  for (const name of ['zip.pt', 'legacy.pt', 'python.safetensors']) {
    const file = await openTensorFile(
      new BlobByteSource(name, await openAsBlob(join(folder, name))),
    );
    const missed = Object.keys(expected).filter((path) => !file.entries.has(path)).length;
    let worst = 0;
    for (const [path, values] of Object.entries(expected))
      worst = Math.max(worst, relativeError(await file.read(path), values));
    comparisons.push(
      {
        what: `${name}: arrays missed or too many, of ${Object.keys(expected).length}`,
        found: missed + Math.abs(file.entries.size - Object.keys(expected).length),
        limit: 0,
      },
      { what: `${name}: elements, read here`, found: worst, limit: 0 },
    );
  }
  return comparisons;
}
