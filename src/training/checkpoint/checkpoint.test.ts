import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { headBytes } from '../../../test/fixtures/head-bytes';
import { smallConfig } from '../../../test/fixtures/small-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import {
  readSafetensors,
  writeSafetensors,
  type NamedArray,
} from '../../formats/safetensors/safetensors';
import { withChecksums } from '../../formats/tensors/array-checksum';
import { seededRandom } from '../../core/seeded-random';
import { createHead } from '../../models/heads/create-head';
import type { HeadName } from '../../models/heads/confidence-head';
import {
  encodeCheckpoint,
  encodeHead,
  checkpointHeader,
  restoreTrainerFrom,
  type CheckpointHeader,
} from './checkpoint';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { blobOf, joinedBytes, joinedChunks } from '../../formats/bytes/joined-bytes';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import { HeadTrainer } from '../step/head-trainer';
import type { HeadBatch } from '../step/head-batch';
import type { RunConfig } from '../config/run-config';

const shape = { convShape: [7, 7, 4], embeddingDim: 16, initialLogKappa: 3 } as const;
const heads = ['compact', 'tface-conv'] as const satisfies readonly HeadName[];

function trainerOf(config: RunConfig, seed = config.seed): HeadTrainer {
  return new HeadTrainer(createHead(config.head, shape, seed, 2 ** 30), {
    method: 'scf',
    dimension: 16,
    radius: 64,
    mode: 'exact',
  });
}

function batchOf(inputSize: number): HeadBatch & { dispose: () => void } {
  const random = seededRandom(9);
  const input = tf.tensor2d(
    Float32Array.from({ length: 4 * inputSize }, () => random.normal()),
    [4, inputSize],
  );
  const [cosTheta, mask] = [tf.tensor1d([0.3, 0.9, 0.6, 0.8]), tf.ones([4]) as tf.Tensor1D];
  return { input, cosTheta, mask, count: 4, dispose: () => tf.dispose([input, cosTheta, mask]) };
}

/** A trainer after three steps, and its checkpoint. */
async function trained(head: HeadName): Promise<{
  trainer: HeadTrainer;
  batch: ReturnType<typeof batchOf>;
  header: CheckpointHeader;
  bytes: Uint8Array;
}> {
  const config = smallConfig({ head, weightDecay: 0.01 });
  const trainer = trainerOf(config);
  const batch = batchOf(trainer.head.inputSize);
  for (let step = 0; step < 3; step++) await trainer.step(batch, config);
  const header: CheckpointHeader = {
    config,
    cursor: { step: 3, epoch: 1, batch: 1, recordsRead: 24 },
    schedule: { learningRate: 0.002, best: -5.25, badEpochs: 1 },
    backboneHash: 'small',
    dataFingerprint: 'pictures',
    savedAt: 1234,
  };
  return {
    trainer,
    batch,
    header,
    bytes: await joinedChunks(encodeCheckpoint(trainer, header).chunks),
  };
}

/** A copy of all values of a trainer. */
function stateOf({ head, adam }: HeadTrainer): Record<string, unknown> {
  const groups = [head.parameters, head.buffers, adam.moments];
  return {
    steps: adam.steps,
    arrays: groups.map((group) =>
      [...group].map(([name, variable]) => [name, variable.dataSync().slice()]),
    ),
  };
}

const opened = (bytes: Uint8Array) =>
  openTensorFile(new BlobByteSource('run.safetensors', blobOf(bytes)));

/** A file as the first version of the format had it, with changed arrays or metadata. */
function changed(
  bytes: Uint8Array,
  change: (arrays: Map<string, NamedArray>, metadata: Record<string, string>) => void,
): Uint8Array {
  const { tensors, metadata } = readSafetensors(withoutChecksum(bytes));
  delete metadata.textCrc32;
  change(tensors, metadata);
  return writeSafetensors(tensors, metadata);
}

/** Takes the last array away, whose four bytes aren't float32. */
function withoutChecksum(bytes: Uint8Array): Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const { crc32, ...header } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  expect(crc32).toMatchObject({ dtype: 'U8', shape: [4] });
  const text = new TextEncoder().encode(JSON.stringify(header).padEnd(length));
  return joinedBytes([bytes.subarray(0, 8), text, bytes.subarray(8 + length, -4)]);
}

const refused = (message = '') =>
  expect.objectContaining({
    name: 'StudioError',
    code: 'bad-checkpoint',
    message: expect.stringContaining(message),
  });

beforeAll(async () => void (await startNodeWasm()));

describe('a checkpoint', () => {
  it.each(heads)(
    'restores parameters, running statistics, moments and steps, and the next step is the same: %s',
    async (head) => {
      const { trainer, batch, header, bytes } = await trained(head);
      const found = checkpointHeader(await opened(bytes));
      expect(found).toEqual(header);
      const other = trainerOf(header.config, 99);
      expect(stateOf(other)).not.toEqual(stateOf(trainer));
      await restoreTrainerFrom(other, await opened(bytes), found);
      expect(stateOf(other)).toEqual(stateOf(trainer));
      expect(other.adam.steps).toBe(3);
      expect(await other.step(batch, header.config)).toEqual(
        await trainer.step(batch, header.config),
      );
      expect(stateOf(other)).toEqual(stateOf(trainer));
      batch.dispose();
      trainer.dispose();
      other.dispose();
    },
  );

  it.each([
    ['another head', 'no array "head.hidden.weight"', (bytes: Uint8Array) => bytes],
    [
      'an array that is missing',
      'no array "adam.v.out.bias"',
      (bytes: Uint8Array) => changed(bytes, (arrays) => arrays.delete('adam.v.out.bias')),
    ],
    [
      'an array of another shape',
      '"adam.v.out.bias" has shape [1, 1]; [1] was expected',
      (bytes: Uint8Array) =>
        changed(bytes, (arrays) =>
          arrays.set('adam.v.out.bias', { dtype: 'F32', shape: [1, 1], data: Float32Array.of(1) }),
        ),
    ],
    ['a file cut short', 'claims bytes', (bytes: Uint8Array) => bytes.slice(0, -8)],
  ])('that does not fit leaves the trainer unchanged: %s', async (title, message, spoil) => {
    const { trainer, batch, header, bytes } = await trained(
      title === 'another head' ? 'tface-conv' : 'compact',
    );
    const target = trainerOf(smallConfig({ head: 'compact' }), 99);
    const before = stateOf(target);
    const tensors = tf.memory().numTensors;
    const restoring = async () => restoreTrainerFrom(target, await opened(spoil(bytes)), header);
    await expect(restoring()).rejects.toEqual(refused(message));
    expect(stateOf(target)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    batch.dispose();
    trainer.dispose();
    target.dispose();
  });

  it('of the first version, with its checksum in its metadata, is read as well', async () => {
    const { trainer, batch, header, bytes } = await trained('compact');
    const { tensors } = readSafetensors(withoutChecksum(bytes));
    const metadata = { format: 'scf-studio-run-1', header: JSON.stringify(header) };
    const file = writeSafetensors(tensors, withChecksums(tensors, metadata));
    const other = trainerOf(header.config, 99);
    await restoreTrainerFrom(other, await opened(file), checkpointHeader(await opened(file)));
    expect(stateOf(other)).toEqual(stateOf(trainer));
    file[file.length - 1]! ^= 1;
    await expect(restoreTrainerFrom(other, await opened(file), header)).rejects.toEqual(
      refused('its arrays have checksum'),
    );
    batch.dispose();
    trainer.dispose();
    other.dispose();
  });

  it('holds the values at its call although steps follow, and damage is found', async () => {
    const { trainer, batch, header, bytes } = await trained('compact');
    const file = encodeCheckpoint(trainer, header);
    await trainer.step(batch, header.config);
    expect(await joinedChunks(file.chunks)).toEqual(bytes);
    const target = trainerOf(header.config, 99);
    const before = stateOf(target);
    for (const at of [bytes.length - 1, bytes.length - 5, bytes.length >> 1]) {
      const damaged = bytes.slice();
      damaged[at]! ^= 4;
      await expect(restoreTrainerFrom(target, await opened(damaged), header)).rejects.toEqual(
        refused('is damaged: its arrays have checksum'),
      );
    }
    expect(stateOf(target)).toEqual(before);
    batch.dispose();
    trainer.dispose();
    target.dispose();
  });

  it('is refused if its header is incomplete', async () => {
    const { trainer, batch, header, bytes } = await trained('compact');
    const saying = (header: unknown) =>
      changed(
        bytes,
        (_, metadata) =>
          void (metadata.header = typeof header === 'string' ? header : JSON.stringify(header)),
      );
    for (const [spoilt, message] of [
      [
        changed(bytes, (_, metadata) => void (metadata.format = 'scf-studio-run-0')),
        'scf-studio-run-0',
      ],
      [changed(bytes, (_, metadata) => void delete metadata.format), 'not given'],
      [saying('{"config":'), 'JSON'],
      [saying('7'), ''],
      [saying({ ...header, config: { ...header.config, epochs: 0 } }), 'config.epochs is 0'],
      [saying({ ...header, cursor: { ...header.cursor, batch: null } }), 'cursor.batch is null'],
      [saying({ ...header, schedule: {} }), 'schedule.learningRate is missing'],
      [saying({ ...header, dataFingerprint: 7 }), 'dataFingerprint is 7; a text was expected'],
      [saying({ ...header, backboneHash: null }), 'backboneHash is null; a text was expected'],
      [
        await headBytes(encodeHead(trainer, { config: JSON.stringify(header.config) })),
        'scf-studio-head-1',
      ],
      [new Uint8Array(4), 'zeros alone'],
    ] as const) {
      const reading = async () => checkpointHeader(await opened(spoilt));
      await expect(reading(), message).rejects.toEqual(refused(message));
      await expect(reading(), message).rejects.toEqual(refused('run.safetensors'));
    }
    batch.dispose();
    trainer.dispose();
  });
});
