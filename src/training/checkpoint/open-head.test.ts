import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { headBytes } from '../../../test/fixtures/head-bytes';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { blobOf, joinedChunks } from '../../formats/bytes/joined-bytes';
import {
  filedTorch,
  memoryTensorFile,
  type MemoryFile,
} from '../../../test/fixtures/memory-tensor-file';
import { smallBackbone, smallConfig } from '../../../test/fixtures/small-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import type { TensorEntry } from '../../formats/tensors/tensor-file';
import { seededRandom } from '../../core/seeded-random';
import { headNames, type HeadName } from '../../models/heads/confidence-head';
import { encodeCheckpoint, encodeHead, type CheckpointHeader } from './checkpoint';
import { createTrainer } from '../session/create-trainer';
import type { HeadTrainer } from '../step/head-trainer';
import { openHead } from './open-head';
import { exportScfCheckpoint } from './scf-checkpoint';

/** Opens the bytes of a safetensors file, and takes all of it into memory. */
async function openBytes(bytes: Uint8Array): Promise<MemoryFile> {
  const file = await openTensorFile(new BlobByteSource('run.safetensors', blobOf(bytes)));
  const arrays = new Map<string, TensorEntry & { values: Float32Array }>();
  for (const [name, entry] of file.entries)
    arrays.set(name, { ...entry, values: await file.read(name) });
  return { arrays, values: new Map(), metadata: file.metadata, form: 'safetensors' };
}

interface Trained {
  readonly trainer: HeadTrainer;
  readonly header: CheckpointHeader;
  readonly rows: tf.Tensor2D;
  readonly kappa: Float32Array;
}

async function trained(head: HeadName, hash: string): Promise<Trained> {
  const config = smallConfig({ head, radius: 20, seed: 5 });
  const backbone = smallBackbone(hash);
  const trainer = createTrainer(config, backbone, 2 ** 12);
  backbone.dispose();
  const random = seededRandom(9);
  const rows = tf.tensor2d(
    Float32Array.from({ length: 4 * trainer.head.inputSize }, () => random.normal()),
    [4, trainer.head.inputSize],
  );
  const batch = {
    input: rows,
    cosTheta: tf.tensor1d([0.3, 0.9, 0.6, 0.8]),
    mask: tf.ones([4]) as tf.Tensor1D,
    count: 4,
  };
  for (let step = 0; step < 3; step++) await trainer.step(batch, config);
  tf.dispose([batch.cosTheta, batch.mask]);
  const header = {
    config,
    cursor: { step: 3, epoch: 1, batch: 0, recordsRead: 0 },
    schedule: { learningRate: 0.01, best: null, badEpochs: 0 },
    backboneHash: hash,
    dataFingerprint: null,
    savedAt: 1,
  };
  return { trainer, header, rows, kappa: await trainer.concentrations(rows, 4) };
}

/** The same head in every supported file format. */
const files: Record<string, (made: Trained) => Promise<MemoryFile>> = {
  'the studio’s head': async ({ trainer, header }) =>
    openBytes(
      await headBytes(
        encodeHead(trainer, {
          config: JSON.stringify(header.config),
          backboneHash: header.backboneHash,
          step: '3',
        }),
      ),
    ),
  'the studio’s run': async ({ trainer, header }) =>
    openBytes(await joinedChunks(encodeCheckpoint(trainer, header).chunks)),
  'ckpt_e1.pt of the studio': async ({ trainer, header }) =>
    filedTorch(exportScfCheckpoint(trainer, header).root),
  'ckpt_e1.pt of the published code': async (made) => {
    const file = await filedTorch(exportScfCheckpoint(made.trainer, made.header).root);
    file.values.delete('scf_studio');
    return file;
  },
  'a bare state dict': async (made) => {
    const file = await filedTorch(exportScfCheckpoint(made.trainer, made.header).root);
    const weights = [...file.arrays].filter(([name]) => name.startsWith('uncer_net_state_dict.'));
    return {
      ...file,
      arrays: new Map(
        weights.map(([name, array]) => [name.replace('uncer_net_state_dict.', ''), array]),
      ),
      values: new Map(),
    };
  },
};

const said = (kind: string): { step: number | null; radius: number; backboneVerified: boolean } =>
  kind.includes('studio')
    ? { step: 3, radius: 20, backboneVerified: true }
    : { step: kind.startsWith('ckpt') ? 3 : null, radius: 64, backboneVerified: false };

beforeAll(async () => void (await startNodeWasm()));

describe('openHead', () => {
  it.each(headNames.flatMap((head) => Object.keys(files).map((kind) => [kind, head] as const)))(
    'gives the kappa of the one that was saved, and says what is known of it: %s, %s',
    async (kind, head) => {
      const made = await trained(head, 'small');
      const file = await files[kind]!(made);
      const backbone = smallBackbone('small');
      const before = tf.memory().numTensors;
      const opened = await openHead(memoryTensorFile(file), backbone, 2 ** 12);
      // Without moments, which kappa doesn't need.
      expect(tf.memory().numTensors).toBe(
        before + opened.head.parameters.size + opened.head.buffers.size,
      );
      const found = tf.tidy(() =>
        opened.head
          .logConcentration(made.rows, tf.ones([4]), false)
          .dataSync()
          .map(Math.exp),
      );
      expect(found).toEqual(made.kappa);
      expect(new Set(found).size).toBe(4);
      const { step, radius, backboneVerified } = opened;
      expect(opened.name).toBe(head);
      expect({ step, radius, backboneVerified }).toEqual(said(kind));
      expect(opened.config).toEqual(kind.includes('studio') ? made.header.config : null);
      opened.dispose();
      expect(tf.memory().numTensors).toBe(before);
      made.trainer.dispose();
      made.rows.dispose();
      backbone.dispose();
    },
  );

  const studio = files['the studio’s head']!;
  const bare = files['a bare state dict']!;
  const refusals: readonly (readonly [string, string, (made: Trained) => Promise<MemoryFile>])[] = [
    [
      'of another backbone',
      'another backbone',
      async ({ trainer, header }) =>
        openBytes(
          await headBytes(
            encodeHead(trainer, {
              config: JSON.stringify(header.config),
              backboneHash: 'another',
            }),
          ),
        ),
    ],
    [
      'without one of its arrays',
      'no array "hidden.bias"',
      async (made) => dropped(await studio(made), 'hidden.bias'),
    ],
    [
      'without one of its arrays, in PyTorch’s names',
      'no array "out.bias"',
      async (made) => dropped(await bare(made), 'out.bias'),
    ],
    [
      'with other arrays as well',
      'no place for: logits.weight',
      async (made) => added(await bare(made), 'logits.weight'),
    ],
    [
      'with a surplus array in the studio’s names',
      'no place for: logits.weight',
      async (made) => added(await studio(made), 'logits.weight'),
    ],
    [
      'that is no head',
      "no confidence head's: fc.weight",
      async (made) => ({
        ...(await bare(made)),
        arrays: new Map([['fc.weight', { shape: [1], values: Float32Array.of(1) }]]),
      }),
    ],
    [
      'for features of another size',
      '"hidden.weight" has shape [128, 17]; [128, 9] was expected',
      async (made) => reshaped(await bare(made), 'hidden.weight', [128, 17]),
    ],
    [
      'that holds no numbers',
      '"out.bias" holds NaN',
      async (made) => holding(await bare(made), 'out.bias', NaN),
    ],
    [
      'whose settings can’t be read',
      'epochs is 0',
      async ({ trainer, header }) =>
        openBytes(
          await headBytes(
            encodeHead(trainer, {
              config: JSON.stringify({ ...header.config, epochs: 0 }),
              backboneHash: 'small',
            }),
          ),
        ),
    ],
  ];
  it.each(refusals)('refuses %s, and leaves no tensor behind', async (_, message, spoilt) => {
    const made = await trained('compact', 'small');
    const file = memoryTensorFile(await spoilt(made));
    const backbone = smallBackbone('small');
    const before = tf.memory().numTensors;
    await expect(openHead(file, backbone, 2 ** 12)).rejects.toEqual(
      expect.objectContaining({
        name: 'StudioError',
        code: 'bad-checkpoint',
        message: expect.stringContaining(message),
      }),
    );
    expect(tf.memory().numTensors).toBe(before);
    made.trainer.dispose();
    made.rows.dispose();
    backbone.dispose();
  });
});

function dropped(file: MemoryFile, name: string): MemoryFile {
  file.arrays.delete(name);
  return file;
}

function added(file: MemoryFile, name: string): MemoryFile {
  file.arrays.set(name, { shape: [1], values: Float32Array.of(1) });
  return file;
}

function reshaped(file: MemoryFile, name: string, shape: number[]): MemoryFile {
  file.arrays.set(name, { ...file.arrays.get(name)!, shape });
  return file;
}

function holding(file: MemoryFile, name: string, value: number): MemoryFile {
  file.arrays.get(name)!.values[0] = value;
  return file;
}
