import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '../../src/formats/safetensors';
import { seededRandom } from '../../src/formats/seeded-random';
import type { TorchArray, TorchValue } from '../../src/formats/torch-value';
import { writeTorchZip } from '../../src/formats/torch-writer';
import { python, relativeError, type Check } from '../check';

/** Files that the studio writes, loaded by `torch.load(weights_only=True)`, mapped into memory too, and by safetensors. */
export const check: Check = async (folder) => {
  const random = seededRandom(3);
  const values = Float32Array.from({ length: 6000 }, () => random.next() - 0.5);
  const array = (shape: number[], data: Float32Array | BigInt64Array, dtype: TorchArray['dtype'] = 'F32'): TorchArray => ({ kind: 'array', dtype, shape, bytes: async () => new Uint8Array(data.buffer as ArrayBuffer) });
  const root = new Map<string, TorchValue>([
    ['epoch', 3],
    ['five', { kind: 'float', value: 5 }],
    ['none', null],
    ['flags', [true, false]],
    ['betas', { kind: 'tuple', items: [0.9, 0.999] }],
    ['net', { kind: 'ordered-dict', items: new Map([['0.weight', array([60, 100], values)]]) }],
    ['state', new Map([[0, new Map([['step', array([], BigInt64Array.of(41n), 'I64')]])]])],
  ]);
  await writeFile(join(folder, 'studio.pt'), await new Response(writeTorchZip(root, 'studio')).bytes());
  await writeFile(join(folder, 'studio.safetensors'), writeSafetensors(new Map([['weight', { dtype: 'F32', shape: [60, 100], data: values }]]), { made: 'here' }));
  await python('torch_files.py', folder);
  const found = JSON.parse(await readFile(join(folder, 'found.json'), 'utf8')) as Record<string, number[]>;
  return Object.entries(found).map(([way, numbers]) => ({ what: `a file of the studio, ${way}`, found: relativeError(numbers, values), bar: 0 }));
};
