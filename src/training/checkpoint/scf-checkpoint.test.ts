import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  filedTorch,
  memoryTensorFile,
  type MemoryFile,
} from '../../../test/fixtures/memory-tensor-file';
import { smallConfig } from '../../../test/fixtures/small-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import { seededRandom } from '../../core/seeded-random';
import type { TorchValue } from '../../formats/torch/torch-value';
import { createHead } from '../../models/heads/create-head';
import { headNames, type HeadName, type ConfidenceHead } from '../../models/heads/confidence-head';
import { joinedStatistics } from '../../models/heads/input-standardisation';
import { runOf, type CheckpointHeader } from './checkpoint';
import { HeadTrainer } from '../step/head-trainer';
import type { HeadBatch } from '../step/head-batch';
import { exportScfCheckpoint, importScfCheckpoint } from './scf-checkpoint';

const shape = { convShape: [7, 7, 4], embeddingDim: 16, initialLogKappa: 3 } as const;

// The reference head is split into pieces of 4 KiB here, and restored in one piece: the file
// doesn't depend on the pieces.
const trainerOf = (head: HeadName, seed: number, maxBlockBytes = 2 ** 12) =>
  new HeadTrainer(createHead(head, shape, seed, maxBlockBytes), {
    method: 'scf',
    dimension: 16,
    radius: 64,
    mode: 'exact',
  });

function batchOf(inputSize: number, step: number): HeadBatch {
  const random = seededRandom(9, step);
  const values = Float32Array.from({ length: 4 * inputSize }, () => random.normal());
  return {
    input: tf.tensor2d(values, [4, inputSize]),
    cosTheta: tf.tensor1d([0.3, 0.9, 0.6, 0.8]),
    mask: tf.ones([4]),
    count: 4,
  };
}

/** Losses of steps `from` to `to`. */
async function losses(trainer: HeadTrainer, from: number, to: number): Promise<number[]> {
  const found: number[] = [];
  for (let step = from; step < to; step++) {
    const batch = batchOf(trainer.head.inputSize, step);
    found.push((await trainer.step(batch, { ...config, learningRate: 0.002 })).loss);
    tf.dispose([batch.input, batch.cosTheta, batch.mask]);
  }
  return found;
}

const config = smallConfig({ weightDecay: 0.01, learningRate: 0.004, stepSize: 2, gamma: 0.5 });

/**
 * A trainer after three steps, its header, and its exported file.
 * @param offset mean of the head's inputs, which are standardised unless it is 0
 */
async function trained(
  head: HeadName,
  offset = 0,
): Promise<{
  trainer: HeadTrainer;
  header: CheckpointHeader;
  name: string;
  root: TorchValue;
  file: MemoryFile;
}> {
  const trainer = trainerOf(head, 1);
  if (offset !== 0) {
    const { standardisation, inputSize } = trainer.head;
    const random = seededRandom(12);
    const rows = Float32Array.from({ length: 64 * inputSize }, () => offset + 7 * random.normal());
    standardisation.set(joinedStatistics(null, rows, standardisation.layout)!);
  }
  await losses(trainer, 0, 3);
  const header: CheckpointHeader = {
    config: { ...config, head },
    cursor: { step: 3, epoch: 2, batch: 1, recordsRead: 12 },
    schedule: { learningRate: 0.002, best: null, badEpochs: 0 },
    backboneHash: 'small',
    dataFingerprint: null,
    savedAt: 1234,
  };
  const exported = exportScfCheckpoint(trainer, header);
  return { trainer, header, ...exported, file: await filedTorch(exported.root) };
}

/** A copy of all values of a trainer. */
function stateOf({ head, adam }: HeadTrainer): unknown {
  const groups = [head.parameters, head.buffers, adam.moments];
  return {
    steps: adam.steps,
    arrays: groups.map((group) =>
      [...group].map(([name, variable]) => [name, variable.dataSync().slice()]),
    ),
  };
}

/** Four inputs away from the origin, and the log κ that a head predicts for them. */
function readings(head: ConfidenceHead): { batch: tf.Tensor2D; logKappa: Float32Array } {
  const random = seededRandom(13);
  const values = Float32Array.from({ length: 4 * head.inputSize }, () => 3 + 7 * random.normal());
  const batch = tf.tensor2d(values, [4, head.inputSize]);
  const read = tf.tidy(() => head.logConcentration(batch, tf.ones([4]), false).dataSync());
  return { batch, logKappa: read as Float32Array };
}

const refused = (message: string) =>
  expect.objectContaining({
    name: 'StudioError',
    code: 'bad-checkpoint',
    message: expect.stringContaining(message),
  });

beforeAll(async () => void (await startNodeWasm()));

describe('a checkpoint in the published form', () => {
  it.each(headNames)(
    'resumes with the losses of an uninterrupted run, and at its position: %s',
    async (head) => {
      const { trainer, header, name, file } = await trained(head);
      expect(name).toBe('ckpt_e2.pt');
      const other = trainerOf(head, 99, head === 'reference' ? 2 ** 30 : undefined);
      const opened = memoryTensorFile(file);
      expect(runOf(opened)).toEqual(header);
      expect(await importScfCheckpoint(opened, other, config)).toEqual({
        cursor: header.cursor,
        schedule: header.schedule,
      });
      expect(other.adam.steps).toBe(3);
      const goneOn = await losses(trainer, 3, 8);
      const resumed = await losses(other, 3, 8);
      // One matrix product rounds differently from several; equal pieces give equal bits.
      if (head === 'reference')
        resumed.forEach((loss, i) =>
          expect(Math.abs(loss - goneOn[i]!) / goneOn[i]!).toBeLessThan(1e-6),
        );
      else expect(resumed).toEqual(goneOn);
      const same = trainerOf(head, 98);
      await importScfCheckpoint(opened, same, config);
      expect(await losses(same, 3, 8)).toEqual(goneOn);
      for (const each of [trainer, other, same]) each.dispose();
    },
  );

  it.each(headNames)(
    'folds the standardisation into the first layer, and resumes unfolded: %s',
    async (head) => {
      const { trainer, file } = await trained(head, 3);
      const { batch, logKappa } = readings(trainer.head);
      // What another program reads: only the published names.
      const published = new Map(
        [...file.arrays].filter(([name]) => !name.startsWith('scf_studio')),
      );
      const values = new Map([...file.values].filter(([name]) => !name.startsWith('scf_studio')));
      const foreign = trainerOf(head, 99, 2 ** 30);
      await importScfCheckpoint(
        memoryTensorFile({ ...file, arrays: published, values }),
        foreign,
        config,
      );
      expect(foreign.head.standardisation.count).toBe(0);
      const read = tf.tidy(() =>
        foreign.head.logConcentration(batch, tf.ones([4]), false).dataSync(),
      );
      read.forEach((value, row) => expect(Math.abs(value - logKappa[row]!)).toBeLessThan(1e-4));
      // The studio itself resumes with exactly the same losses.
      const other = trainerOf(head, 98);
      await importScfCheckpoint(memoryTensorFile(file), other, config);
      expect(stateOf(other)).toEqual(stateOf(trainer));
      expect(await losses(other, 3, 6)).toEqual(await losses(trainer, 3, 6));
      for (const each of [trainer, foreign, other]) each.dispose();
      batch.dispose();
    },
  );

  it('holds the published keys, and the optimiser in the order of the parameters', async () => {
    const { trainer, root, file } = await trained('tface-conv');
    expect([...(root as Map<string, TorchValue>).keys()]).toEqual([
      'epoch',
      'global_step',
      'uncer_net_state_dict',
      'opt_state',
      'scf_studio',
    ]);
    const { values, arrays } = file;
    expect([values.get('epoch'), values.get('global_step')]).toEqual([2, 3]);
    expect(arrays.get('uncer_net_state_dict.conv_.3.num_batches_tracked')).toEqual({
      dtype: 'I64',
      shape: [],
      values: Float32Array.of(3),
    });
    expect(arrays.get('opt_state.state.0.step')).toEqual({
      dtype: 'F32',
      shape: [],
      values: Float32Array.of(3),
    });
    const group = Object.fromEntries(
      [...values]
        .filter(([key]) => key.startsWith('opt_state.'))
        .map(([key, value]) => [key.replace('opt_state.param_groups.0.', ''), value]),
    );
    const params = Object.fromEntries(Array.from({ length: 13 }, (_, i) => [`params.${i}`, i]));
    const switches = {
      amsgrad: false,
      maximize: false,
      foreach: null,
      capturable: false,
      differentiable: false,
      fused: null,
    };
    expect(group).toEqual({
      lr: 0.002,
      'betas.0': 0.9,
      'betas.1': 0.999,
      eps: 1e-8,
      weight_decay: 0.01,
      initial_lr: 0.004,
      ...switches,
      ...params,
    });
    // Parameter 2 is the first BatchNorm's scale; its running statistics aren't parameters.
    expect(arrays.get('opt_state.state.2.exp_avg')!.values).toEqual(
      trainer.adam.moments.get('m.bn2.weight')!.dataSync(),
    );
    expect(arrays.get('opt_state.state.12.exp_avg_sq')!.values).toEqual(
      trainer.adam.moments.get('v.fc3.bias')!.dataSync(),
    );
    expect([...arrays.keys()].filter((key) => key.startsWith('opt_state.')).length).toBe(13 * 3);
    trainer.dispose();
  });

  it('of the published code resumes at the next epoch, with the right rate', async () => {
    const { trainer, file } = await trained('compact');
    file.values.delete('scf_studio');
    const opened = memoryTensorFile(file);
    const cursor = { step: 3, epoch: 2, batch: 0, recordsRead: 0 };
    expect(await importScfCheckpoint(opened, trainer, config)).toEqual({
      cursor,
      schedule: { learningRate: 0.002, best: null, badEpochs: 0 },
    });
    expect(
      (await importScfCheckpoint(opened, trainer, { ...config, stepSize: 3 })).schedule
        .learningRate,
    ).toBe(0.004);
    file.values.set('opt_state.param_groups.0.lr', 7e-4);
    expect(
      (await importScfCheckpoint(opened, trainer, { ...config, schedule: 'ReduceLROnPlateau' }))
        .schedule.learningRate,
    ).toBe(7e-4);
    // As older versions of PyTorch wrote it: the step as a number, and fewer settings.
    for (let i = 0; i < 4; i++) {
      file.arrays.delete(`opt_state.state.${i}.step`);
      file.values.set(`opt_state.state.${i}.step`, 3);
    }
    for (const key of ['maximize', 'foreach', 'capturable', 'fused'])
      file.values.delete(`opt_state.param_groups.0.${key}`);
    expect((await importScfCheckpoint(memoryTensorFile(file), trainer, config)).cursor).toEqual(
      cursor,
    );
    expect(trainer.adam.steps).toBe(3);
    trainer.dispose();
  });

  it('from before the first step has no moments, and clears the trainer’s', async () => {
    const fresh = trainerOf('compact', 1);
    const header = {
      config,
      cursor: { step: 0, epoch: 0, batch: 0, recordsRead: 0 },
      schedule: { learningRate: 0.004, best: null, badEpochs: 0 },
      backboneHash: 'small',
      dataFingerprint: null,
      savedAt: 1,
    };
    const file = await filedTorch(exportScfCheckpoint(fresh, header).root);
    expect([...file.arrays.keys()].some((key) => key.startsWith('opt_state'))).toBe(false);
    const { trainer } = await trained('compact');
    await importScfCheckpoint(memoryTensorFile(file), trainer, config);
    expect(stateOf(trainer)).toEqual(stateOf(fresh));
    trainer.dispose();
    fresh.dispose();
  });

  it('saved through DataParallel is read too', async () => {
    const { trainer, file } = await trained('compact');
    const before = stateOf(trainer);
    for (const [name, array] of [...file.arrays].filter(([name]) => name.startsWith('uncer_net'))) {
      file.arrays.delete(name);
      file.arrays.set(name.replace('state_dict.', 'state_dict.module.'), array);
    }
    const other = trainerOf('compact', 99);
    await importScfCheckpoint(memoryTensorFile(file), other, config);
    expect(stateOf(other)).toEqual(before);
    trainer.dispose();
    other.dispose();
  });

  it('is read once in full before any value is used, the largest array in pieces', async () => {
    const { trainer, file } = await trained('reference');
    const opened = memoryTensorFile(file);
    await importScfCheckpoint(opened, trainer, config);
    const pieces = opened.reads.filter(
      (name) => name === 'uncer_net_state_dict._log_kappa.0.weight',
    ).length;
    expect(pieces).toBe(
      2 *
        [...trainer.head.parameters.keys()].filter(
          (name) => name.startsWith('_log_kappa.0.') && name.endsWith('weight'),
        ).length,
    );
    expect(pieces).toBeGreaterThan(20);
    trainer.dispose();
  });

  const without = (name: string) => (file: MemoryFile) => void file.arrays.delete(name);
  const reshaped = (name: string, shape: number[]) => (file: MemoryFile) =>
    void file.arrays.set(name, { ...file.arrays.get(name)!, shape });
  const holding = (name: string, value: number) => (file: MemoryFile) =>
    void (file.arrays.get(name)!.values[1] = value);
  const saying = (name: string, value: number | string | boolean | null) => (file: MemoryFile) =>
    void file.values.set(name, value);
  const extra = (name: string) => (file: MemoryFile) =>
    void file.arrays.set(name, { shape: [1], values: Float32Array.of(1) });

  it.each<[string, string, (file: MemoryFile) => void]>([
    [
      'a missing weight',
      'no array "uncer_net_state_dict.hidden.bias"',
      without('uncer_net_state_dict.hidden.bias'),
    ],
    [
      'a missing moment',
      'no array "opt_state.state.3.exp_avg_sq"',
      without('opt_state.state.3.exp_avg_sq'),
    ],
    ['a missing step', '"opt_state.state.2.step" is missing', without('opt_state.state.2.step')],
    [
      'no weights at all',
      'no array "uncer_net_state_dict.hidden.weight"',
      (file) =>
        void [...file.arrays.keys()]
          .filter((name) => name.startsWith('uncer'))
          .forEach((name) => file.arrays.delete(name)),
    ],
    [
      'no optimiser',
      '"opt_state.state.0.step" is missing',
      (file) =>
        void [file.arrays, file.values].forEach((map) =>
          [...map.keys()]
            .filter((name) => name.startsWith('opt'))
            .forEach((name) => map.delete(name)),
        ),
    ],
    [
      'a surplus weight',
      'no place for: uncer_net_state_dict.third.weight',
      extra('uncer_net_state_dict.third.weight'),
    ],
    [
      'a surplus moment',
      'opt_state.state.0.max_exp_avg_sq',
      extra('opt_state.state.0.max_exp_avg_sq'),
    ],
    [
      'a second parameter group',
      '"opt_state.param_groups.1.lr"',
      saying('opt_state.param_groups.1.lr', 1),
    ],
    [
      'a transposed weight',
      'shape [9, 128]; [128, 9] was expected',
      reshaped('uncer_net_state_dict.hidden.weight', [9, 128]),
    ],
    [
      'a moment of another shape',
      'shape [1, 128]; [128] was expected',
      reshaped('opt_state.state.1.exp_avg', [1, 128]),
    ],
    [
      'whole numbers',
      'holds I64',
      (file) =>
        void file.arrays.set('uncer_net_state_dict.hidden.bias', {
          ...file.arrays.get('uncer_net_state_dict.hidden.bias')!,
          dtype: 'I64',
        }),
    ],
    [
      'NaN in a weight',
      '"uncer_net_state_dict.out.weight" holds NaN',
      holding('uncer_net_state_dict.out.weight', NaN),
    ],
    [
      'infinity in a moment',
      '"opt_state.state.2.exp_avg" holds Infinity',
      holding('opt_state.state.2.exp_avg', Infinity),
    ],
    [
      'a negative square',
      '"opt_state.state.2.exp_avg_sq" holds -1',
      holding('opt_state.state.2.exp_avg_sq', -1),
    ],
    ['no epoch', '"epoch" is missing', (file) => void file.values.delete('epoch')],
    ['half a step', '"global_step" is 2.5', saying('global_step', 2.5)],
    [
      'steps that differ',
      '3, 4 steps',
      (file) =>
        void file.arrays.set('opt_state.state.1.step', { shape: [], values: Float32Array.of(4) }),
    ],
    [
      'another optimiser',
      "optimiser's betas.0 is 0.5",
      saying('opt_state.param_groups.0.betas.0', 0.5),
    ],
    ['AMSGrad', "optimiser's amsgrad is true", saying('opt_state.param_groups.0.amsgrad', true)],
    ['a description that is none', 'JSON', saying('scf_studio', '{')],
    [
      'a description of another place',
      '1 epochs and 3 steps are done, and that 2 and 3',
      saying('epoch', 1),
    ],
  ])('with %s is refused and leaves the trainer unchanged', async (_, message, spoil) => {
    const { trainer, file } = await trained('compact');
    spoil(file);
    const target = trainerOf('compact', 99);
    const before = stateOf(target);
    const tensors = tf.memory().numTensors;
    await expect(importScfCheckpoint(memoryTensorFile(file), target, config)).rejects.toEqual(
      refused(message),
    );
    expect(stateOf(target)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    trainer.dispose();
    target.dispose();
  });

  it('of another head is refused', async () => {
    const [compact, tface] = [await trained('compact'), trainerOf('tface-conv', 1)];
    const before = stateOf(tface);
    await expect(
      importScfCheckpoint(memoryTensorFile(compact.file), tface, config),
    ).rejects.toEqual(
      refused(
        'no array "uncer_net_state_dict.conv_.0.weight"; it holds ' +
          'uncer_net_state_dict.hidden.weight',
      ),
    );
    expect(stateOf(tface)).toEqual(before);
    compact.trainer.dispose();
    tface.dispose();
  });

  it('fails to be written if the run continues meanwhile', async () => {
    const { trainer, root } = await trained('compact');
    await losses(trainer, 3, 4);
    await expect(filedTorch(root)).rejects.toEqual(refused('went on from step 3 to 4'));
    trainer.dispose();
  });
});
