import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { DiskByteSource } from '../src/cli/node/disk-byte-source';
import type { ObjectiveMode } from '../src/confidence/vmf';
import { openTensorFile } from '../src/formats/tensors/open-tensor-file';
import { writeSafetensors, type NamedArray } from '../src/formats/safetensors/safetensors';
import { seededRandom } from '../src/core/seeded-random';
import type { TensorFile } from '../src/formats/tensors/tensor-file';
import { writeTorchZip } from '../src/formats/torch/torch-writer';
import { createHead } from '../src/models/heads/create-head';
import type { HeadName } from '../src/models/heads/confidence-head';
import { publishedArrays } from '../src/models/heads/torch-head';
import { HeadTrainer } from '../src/training/step/head-trainer';
import { resolveConfig } from '../src/training/config/run-config';
import { initialSchedule, nextSchedule, type ScheduleState } from '../src/training/config/schedule';
import {
  exportScfCheckpoint,
  importScfCheckpoint,
} from '../src/training/checkpoint/scf-checkpoint';

/** The studio's side of the check `heads`: small heads, trained for ten steps on drawn numbers. */

export const DIMENSION = 512;
const RADIUS = 64;
const BATCH = 16;
export const STEPS = 10;
export const CONV_SHAPE = [7, 7, 8] as const;
/** (d/2) log 2π + d log r: the part of the loss that doesn't depend on the weights. */
const CONSTANT = DIMENSION * (0.5 * Math.log(2 * Math.PI) + Math.log(RADIUS));
/**
 * One step is one epoch here, so that ten steps pass through the whole published schedule. The
 * learning rate is high enough that the weights move.
 */
export const settings = {
  learningRate: 1e-3,
  stepSize: 2,
  gamma: 0.5,
  epochs: STEPS,
  microBatch: 0,
  objective: 'exact',
} as const;

/** One training run that both programs carry out. */
export interface Case {
  readonly name: string;
  readonly head: HeadName;
  readonly mode: ObjectiveMode;
  /** κ at the start; null for the published code's start near 1. */
  readonly kappa: number | null;
  readonly weightDecay: number;
}

/** A case as the studio trained it. */
export interface StudioRun {
  readonly batches: Batches;
  /** Of steps 0 to 9, without the constant. */
  readonly losses: readonly number[];
  readonly start: Arrays;
  readonly end: Arrays;
  /** Of the first batch, at the start. */
  readonly gradient: Arrays;
}

/** Arrays with PyTorch's names and layout. */
export type Arrays = ReadonlyMap<string, Float32Array>;

export interface Batches {
  readonly inputs: Float32Array;
  readonly cosines: Float32Array;
}

/**
 * Trains a case for ten steps, and writes its batches and its checkpoints before the first step and
 * after one, five and ten.
 */
export async function trainInStudio(each: Case, folder: string): Promise<StudioRun> {
  const { weightDecay } = each;
  const trainer = trainerOf(each);
  const { inputSize } = trainer.head;
  const batches = batchesOf(inputSize);
  const array = (shape: number[], data: Float32Array): NamedArray => ({
    dtype: 'F32',
    shape,
    data,
  });
  const arrays = new Map([
    ['input', array([STEPS, BATCH, inputSize], batches.inputs)],
    ['cos', array([STEPS, BATCH], batches.cosines)],
  ]);
  await writeFile(join(folder, 'batches.safetensors'), writeSafetensors(arrays, {}));
  const begun = await save(trainer, weightDecay, 0, join(folder, 'start.pt'));
  const start = await weightsOf(begun, each.head);
  const losses = await train(trainer, batches, weightDecay, 0, 5);
  await save(trainer, weightDecay, 5, join(folder, 'studio5.pt'));
  losses.push(...(await train(trainer, batches, weightDecay, 5, STEPS)));
  const end = await weightsOf(
    await save(trainer, weightDecay, STEPS, join(folder, 'studio10.pt')),
    each.head,
  );
  await importScfCheckpoint(begun, trainer, configAt(0, each.weightDecay).config);
  // After one step without decay, Adam's first moment is a tenth of the gradient.
  await train(trainer, batches, 0, 0, 1);
  const stepped = await save(trainer, weightDecay, 1, join(folder, 'studio1.pt'));
  const gradient = new Map<string, Float32Array>();
  for (const [i, { name }] of parametersOf(each.head).entries())
    gradient.set(
      name,
      (await stepped.read(`opt_state.state.${i}.exp_avg`)).map((value) => value * 10),
    );
  trainer.dispose();
  return { batches, losses, start, end, gradient };
}

export function trainerOf({ head, mode, kappa }: Case, seed = 7): HeadTrainer {
  const shape = {
    convShape: CONV_SHAPE,
    embeddingDim: DIMENSION,
    initialLogKappa: kappa === null ? null : Math.log(kappa),
  };
  // Blocks of 16 KiB, so that the reference head has many.
  return new HeadTrainer(createHead(head, shape, seed, 2 ** 14), {
    method: 'scf',
    dimension: DIMENSION,
    radius: RADIUS,
    mode,
  });
}

function batchesOf(inputSize: number): Batches {
  const random = seededRandom(11, inputSize);
  return {
    inputs: Float32Array.from({ length: STEPS * BATCH * inputSize }, () => random.normal()),
    cosines: Float32Array.from({ length: STEPS * BATCH }, () => 1.1 * random.next() - 0.2),
  };
}

/** Trains from step `from` to `to`. @returns their losses, without the constant */
export async function train(
  trainer: HeadTrainer,
  { inputs, cosines }: Batches,
  weightDecay: number,
  from: number,
  to: number,
): Promise<number[]> {
  const { inputSize } = trainer.head;
  const losses: number[] = [];
  for (let step = from; step < to; step++) {
    const input = tf.tensor2d(
      inputs.subarray(step * BATCH * inputSize, (step + 1) * BATCH * inputSize),
      [BATCH, inputSize],
    );
    const batch = {
      input,
      cosTheta: tf.tensor1d(cosines.subarray(step * BATCH, (step + 1) * BATCH)),
      mask: tf.ones([BATCH]) as tf.Tensor1D,
      count: BATCH,
    };
    const { loss } = await trainer.step(batch, {
      ...settings,
      ...configAt(step, weightDecay).schedule,
      weightDecay,
      maxGradClip: 0,
      maxGradNorm: 0,
    });
    losses.push(loss - CONSTANT);
    tf.dispose([batch.input, batch.cosTheta, batch.mask]);
  }
  return losses;
}

/** The run's settings, and the state of its schedule after `epoch` epochs. */
export function configAt(epoch: number, weightDecay: number) {
  const config = resolveConfig({ ...settings, weightDecay });
  let schedule: ScheduleState = initialSchedule(config);
  for (let done = 1; done <= epoch; done++) schedule = nextSchedule(schedule, config, done, 0);
  return { config, schedule };
}

/** Writes the studio's checkpoint, and opens it as a tensor file. */
export async function save(
  trainer: HeadTrainer,
  weightDecay: number,
  step: number,
  path: string,
): Promise<TensorFile> {
  const cursor = { step, epoch: step, batch: 0, recordsRead: 0 };
  const { root } = exportScfCheckpoint(trainer, {
    ...configAt(step, weightDecay),
    cursor,
    backboneHash: 'none',
    dataFingerprint: null,
    savedAt: 0,
  });
  await writeFile(path, writeTorchZip(root, 'ckpt'));
  return open(path);
}

export const open = async (path: string): Promise<TensorFile> =>
  openTensorFile(await DiskByteSource.open(path));

const parametersOf = (head: HeadName) =>
  publishedArrays(head, CONV_SHAPE).filter(({ kind }) => kind === 'parameter');

/** The parameters and running statistics of a checkpoint. */
export async function weightsOf(file: TensorFile, head: HeadName): Promise<Arrays> {
  const arrays = new Map<string, Float32Array>();
  for (const { name, kind } of publishedArrays(head, CONV_SHAPE))
    if (kind !== 'counter') arrays.set(name, await file.read(`uncer_net_state_dict.${name}`));
  return arrays;
}
