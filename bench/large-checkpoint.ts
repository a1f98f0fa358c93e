import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DiskByteSource } from '../src/cli/node/disk-byte-source';
import type { ByteSource } from '../src/formats/bytes/byte-source';
import { openTensorFile } from '../src/formats/tensors/open-tensor-file';
import type { TorchArray, TorchValue } from '../src/formats/torch/torch-value';
import { writeTorchZip } from '../src/formats/torch/torch-writer';

/** The published head's layers: outputs and inputs. */
const LAYERS = [
  [12544, 25088],
  [6272, 12544],
  [1, 6272],
] as const;

/**
 * A checkpoint of the published head with Adam's moments, 4.7 GB as the published code's: written
 * by the studio, opened to its list of names, and one array of it read, in time, bytes and memory.
 * It lies in the system's temporary folder and is removed at the end.
 */
export default async function largeCheckpoint(): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'scf-large-checkpoint-'));
  try {
    const path = join(folder, 'ckpt_e30.pt');
    const started = performance.now();
    await pipeline(
      Readable.fromWeb(
        writeTorchZip(checkpoint(), 'ckpt_e30') as Parameters<typeof Readable.fromWeb>[0],
      ),
      createWriteStream(path),
    );
    const writeSeconds = (performance.now() - started) / 1000;
    const source = counting(await DiskByteSource.open(path));
    const before = process.memoryUsage().rss;
    const opening = performance.now();
    const file = await openTensorFile(source);
    const openSeconds = (performance.now() - opening) / 1000;
    const openBytes = source.taken;
    const reading = performance.now();
    const row = await file.readRows('uncer_net_state_dict._log_kappa.0.weight', 12_543, 1);
    return {
      bytes: (await stat(path)).size,
      writeSeconds,
      arrays: file.entries.size,
      openSeconds,
      openBytes,
      rowMilliseconds: performance.now() - reading,
      rowBytes: source.taken - openBytes,
      rowIsRight: row.length === 25_088 && row.every((value) => value === 0.5),
      memoryBytes: process.memoryUsage().rss - before,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function checkpoint(): TorchValue {
  const shapes = LAYERS.flatMap(([rows, columns], layer): [string, number[]][] => [
    [`_log_kappa.${2 * layer}.weight`, [rows, columns]],
    [`_log_kappa.${2 * layer}.bias`, [rows]],
  ]);
  const array = (shape: number[]): TorchArray => ({
    kind: 'array',
    dtype: 'F32',
    shape,
    bytes: async () =>
      new Uint8Array(
        new Float32Array(shape.reduce((product, side) => product * side, 1)).fill(0.5).buffer,
      ),
  });
  const moments = shapes.map(([, shape], index): [number, TorchValue] => [
    index,
    new Map([
      ['exp_avg', array(shape)],
      ['exp_avg_sq', array(shape)],
    ]),
  ]);
  return new Map<string, TorchValue>([
    ['epoch', 30],
    ['global_step', 170_580],
    [
      'uncer_net_state_dict',
      { kind: 'ordered-dict', items: new Map(shapes.map(([name, shape]) => [name, array(shape)])) },
    ],
    ['opt_state', new Map<string, TorchValue>([['state', new Map(moments)]])],
  ]);
}

/** A source that counts what is read of it. */
function counting(source: ByteSource): ByteSource & { taken: number } {
  return {
    name: source.name,
    size: source.size,
    taken: 0,
    read(offset, length) {
      this.taken += length;
      return source.read(offset, length);
    },
    stream: (offset) => source.stream(offset),
  };
}
