import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { smallConfig } from '../../../test/fixtures/small-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import {
  readSafetensors,
  writeSafetensors,
  type NamedArray,
} from '../../formats/safetensors/safetensors';
import { seededRandom } from '../../core/seeded-random';
import { createHead } from '../../models/heads/create-head';
import type { HeadName } from '../../models/heads/confidence-head';
import {
  encodeCheckpoint,
  encodeHead,
  readCheckpointHeader,
  restoreTrainer,
  type CheckpointHeader,
} from './checkpoint';
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
  return { trainer, batch, header, bytes: await encodeCheckpoint(trainer, header) };
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

/** Rewrites a file with changed arrays or metadata. */
function changed(
  bytes: Uint8Array,
  change: (arrays: Map<string, NamedArray>, metadata: Record<string, string>) => void,
): Uint8Array {
  const { tensors, metadata } = readSafetensors(bytes);
  change(tensors, metadata);
  return writeSafetensors(tensors, metadata);
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
      const found = readCheckpointHeader(bytes);
      expect(found).toEqual(header);
      const other = trainerOf(header.config, 99);
      expect(stateOf(other)).not.toEqual(stateOf(trainer));
      restoreTrainer(other, bytes, found);
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
    expect(() => restoreTrainer(target, spoil(bytes), header)).toThrow(refused(message));
    expect(stateOf(target)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
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
      [await encodeHead(trainer, { config: JSON.stringify(header.config) }), 'scf-studio-head-1'],
      [new Uint8Array(4), '4 bytes'],
    ] as const) {
      expect(() => readCheckpointHeader(spoilt), message).toThrow(refused(message));
      expect(() => readCheckpointHeader(spoilt, 'run.safetensors'), message).toThrow(
        refused('run.safetensors'),
      );
    }
    batch.dispose();
    trainer.dispose();
  });
});
