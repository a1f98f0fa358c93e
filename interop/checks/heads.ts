import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { DiskByteSource } from '../../src/cli/node/disk-byte-source';
import { startNodeWasm } from '../../src/cli/node/node-backend';
import type { ObjectiveMode } from '../../src/confidence/vmf';
import { openTensorFile } from '../../src/formats/tensors/open-tensor-file';
import {
  readSafetensors,
  writeSafetensors,
  type NamedArray,
} from '../../src/formats/safetensors/safetensors';
import { seededRandom } from '../../src/core/seeded-random';
import type { TensorFile } from '../../src/formats/tensors/tensor-file';
import { writeTorchZip } from '../../src/formats/torch/torch-writer';
import { createHead } from '../../src/models/heads/create-head';
import { headNames, type HeadName } from '../../src/models/heads/confidence-head';
import { publishedArrays } from '../../src/models/heads/torch-head';
import { smallBackbone } from '../../test/fixtures/small-run';
import { HeadTrainer } from '../../src/training/step/head-trainer';
import { openHead } from '../../src/training/checkpoint/open-head';
import { resolveConfig } from '../../src/training/config/run-config';
import {
  initialSchedule,
  nextSchedule,
  type ScheduleState,
} from '../../src/training/config/schedule';
import {
  exportScfCheckpoint,
  importScfCheckpoint,
} from '../../src/training/checkpoint/scf-checkpoint';
import { python, relativeError, type Check, type Comparison } from '../check';

const [DIMENSION, RADIUS, BATCH, STEPS] = [512, 64, 16, 10];
const CONV_SHAPE = [7, 7, 8] as const;
const CONSTANT = DIMENSION * (0.5 * Math.log(2 * Math.PI) + Math.log(RADIUS));
const BAR = 1e-4;
/**
 * An epoch is a step here, so that ten steps go through the whole of the published schedule. The
 * rate is such that the weights move.
 */
const settings = {
  learningRate: 1e-3,
  stepSize: 2,
  gamma: 0.5,
  epochs: STEPS,
  microBatch: 0,
  objective: 'exact',
} as const;

interface Case {
  readonly name: string;
  readonly head: HeadName;
  readonly mode: ObjectiveMode;
  /** κ where training starts; null for the published code's start near 1. */
  readonly kappa: number | null;
  readonly weightDecay: number;
}

/**
 * Of d = 512, 1e-6 drowns the Bessel function below κ = 3,698: the start at 4,000 sees both sides
 * of it. The published decay is nothing beside these gradients, so that some cases have one that
 * tells.
 */
const starts: Readonly<Record<ObjectiveMode, readonly Pick<Case, 'kappa' | 'weightDecay'>[]>> = {
  exact: [
    { kappa: 600, weightDecay: 5e-4 },
    { kappa: 4000, weightDecay: 1 },
  ],
  reference: [
    { kappa: null, weightDecay: 5e-4 },
    { kappa: 600, weightDecay: 1 },
    { kappa: 4000, weightDecay: 5e-4 },
  ],
};
const cases: readonly Case[] = headNames.flatMap((head) =>
  (['exact', 'reference'] as const).flatMap((mode) =>
    starts[mode].map((start) => ({
      name: `${head}-${mode}-${start.kappa ?? 'plain'}`,
      head,
      mode,
      ...start,
    })),
  ),
);

/**
 * Heads, both losses, Adam and StepLR against PyTorch's; checkpoints both ways, each continued by
 * the other program.
 */
export const check: Check = async (folder) => {
  await startNodeWasm();
  const ways = new Map<string, Studio>();
  for (const each of cases) {
    await mkdir(join(folder, each.name));
    ways.set(each.name, await trainInStudio(each, join(folder, each.name)));
  }
  const described = cases.map((each) => ({
    ...each,
    ...settings,
    convShape: CONV_SHAPE,
    dimension: DIMENSION,
    lr: settings.learningRate,
  }));
  await writeFile(join(folder, 'cases.json'), JSON.stringify(described));
  await python('heads.py', folder);
  /** The worst of a head's starts. */
  const worstOf = new Map<string, Comparison>();
  for (const each of cases) {
    for (const found of await compare(each, join(folder, each.name), ways.get(each.name)!)) {
      // A NaN is no less than anything, and takes the place.
      if (!(found.found <= (worstOf.get(found.what)?.found ?? -1))) worstOf.set(found.what, found);
    }
  }
  return [...worstOf.values(), await fullSize(folder)];
};

/** What the studio made of a case. */
interface Studio {
  readonly batches: Batches;
  /** Of steps 0 to 10, less the constant. */
  readonly losses: readonly number[];
  readonly start: Arrays;
  readonly end: Arrays;
  /** At the start, of the first batch. */
  readonly gradient: Arrays;
}

/** Arrays by PyTorch's names, in its layout. */
type Arrays = ReadonlyMap<string, Float32Array>;

interface Batches {
  readonly inputs: Float32Array;
  readonly cosines: Float32Array;
}

async function trainInStudio(each: Case, folder: string): Promise<Studio> {
  const { weightDecay } = each;
  const trainer = trainerOf(each);
  const { inputSize } = trainer.head;
  const batches = batchesOf(inputSize);
  const file = (shape: number[], data: Float32Array): NamedArray => ({ dtype: 'F32', shape, data });
  const arrays = new Map([
    ['input', file([STEPS, BATCH, inputSize], batches.inputs)],
    ['cos', file([STEPS, BATCH], batches.cosines)],
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
  // One step without decay: the first moment is a tenth of the gradient.
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

async function compare(each: Case, folder: string, studio: Studio): Promise<Comparison[]> {
  const { tensors } = readSafetensors(await readFile(join(folder, 'torch.safetensors')));
  const arrays = (stem: string): Arrays =>
    new Map(
      [...tensors]
        .filter(([name]) => name.startsWith(`${stem}.`))
        .map(([name, { data }]) => [name.slice(stem.length + 1), data]),
    );
  const [whole, resumed] = [arrays('whole'), arrays('resumed')];
  const losses = whole.get('losses')!;
  const trainer = trainerOf(each, 99);
  const file = await open(join(folder, 'torch5.pt'));
  const { schedule, cursor } = await importScfCheckpoint(
    file,
    trainer,
    configAt(0, each.weightDecay).config,
  );
  if (
    schedule.learningRate !== configAt(5, each.weightDecay).schedule.learningRate ||
    cursor.step !== 5
  )
    throw new Error(
      `${each.name}: the run goes on at step ${cursor.step} with a rate of ` +
        `${schedule.learningRate}.`,
    );
  const taken = await train(trainer, studio.batches, each.weightDecay, 5, STEPS);
  const after = await weightsOf(
    await save(trainer, each.weightDecay, STEPS, join(folder, 'resumed10.pt')),
    each.head,
  );
  trainer.dispose();
  const what = (of: string) => `${each.head}, ${each.mode} loss: ${of}`;
  const changes = (end: Arrays): Arrays =>
    new Map(
      [...studio.start].map(([name, before]) => [
        name,
        end.get(name)!.map((value, i) => value - before[i]!),
      ]),
    );
  return [
    {
      what: what('loss of the first batch, relative'),
      found: relativeError([studio.losses[0]!], [losses[0]!]),
      bar: BAR,
    },
    {
      what: what('gradients, relative'),
      found: worst(studio.gradient, arrays('gradient')),
      bar: BAR,
    },
    {
      what: what('losses of ten steps, relative'),
      found: relativeError(studio.losses, losses),
      bar: BAR,
    },
    { what: what('weights after ten steps, relative'), found: worst(studio.end, whole), bar: BAR },
    {
      what: what('the way that they went, relative'),
      found: apart(changes(studio.end), changes(whole)),
      bar: BAR,
    },
    {
      what: what('ckpt_e5.pt of the studio continued by PyTorch, losses'),
      found: relativeError(resumed.get('losses')!, studio.losses.slice(5)),
      bar: BAR,
    },
    {
      what: what('ckpt_e5.pt of the studio continued by PyTorch, weights'),
      found: worst(resumed, studio.end),
      bar: BAR,
    },
    {
      what: what('ckpt_e5.pt of PyTorch continued by the studio, losses'),
      found: relativeError(taken, losses.slice(5)),
      bar: BAR,
    },
    {
      what: what('ckpt_e5.pt of PyTorch continued by the studio, weights'),
      found: worst(after, whole),
      bar: BAR,
    },
  ];
}

/**
 * PyTorch's bare state dict of the published head, 1.6 GB, opened for κ: its columns are in another
 * order here, and in 64 MiB pieces.
 */
async function fullSize(folder: string): Promise<Comparison> {
  await python('heads.py', folder, 'full');
  // wasm's heap would hold it; twice it would not.
  await tf.setBackend('cpu');
  const { tensors } = readSafetensors(await readFile(join(folder, 'full.safetensors')));
  const path = join(folder, 'full.pt');
  const startedAt = performance.now();
  const opened = await openHead(
    await open(path),
    { ...smallBackbone(), convShape: [7, 7, 512], embeddingDim: 512 },
    2 ** 30,
  );
  console.log(
    '     the published head of 393,404,929 parameters was opened in ' +
      `${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
  );
  const logKappa = tf.tidy(() =>
    opened.head
      .logConcentration(tf.tensor2d(tensors.get('rows')!.data, [2, 25088]), tf.ones([2]), false)
      .dataSync(),
  );
  opened.dispose();
  await rm(path);
  return {
    what: 'log kappa of the published head at its full size',
    found: relativeError(logKappa, tensors.get('log_kappa')!.data),
    bar: BAR,
  };
}

function trainerOf({ head, mode, kappa }: Case, seed = 7): HeadTrainer {
  const shape = {
    convShape: CONV_SHAPE,
    embeddingDim: DIMENSION,
    initialLogKappa: kappa === null ? null : Math.log(kappa),
  };
  // In pieces of 16 KiB, so that the reference head has many.
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

/** Losses of steps `from` to `to`, less the constant. */
async function train(
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

/** The run's settings, and its rate after so many epochs. */
function configAt(epoch: number, weightDecay: number) {
  const config = resolveConfig({ ...settings, weightDecay });
  let schedule: ScheduleState = initialSchedule(config);
  for (let done = 1; done <= epoch; done++) schedule = nextSchedule(schedule, config, done, 0);
  return { config, schedule };
}

/** Writes the studio's checkpoint, and opens it as a stranger would. */
async function save(
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

const open = async (path: string): Promise<TensorFile> =>
  openTensorFile(await DiskByteSource.open(path));

const parametersOf = (head: HeadName) =>
  publishedArrays(head, CONV_SHAPE).filter(({ kind }) => kind === 'parameter');

/** The parameters and running figures of a checkpoint. */
async function weightsOf(file: TensorFile, head: HeadName): Promise<Arrays> {
  const arrays = new Map<string, Float32Array>();
  for (const { name, kind } of publishedArrays(head, CONV_SHAPE))
    if (kind !== 'counter') arrays.set(name, await file.read(`uncer_net_state_dict.${name}`));
  return arrays;
}

/** The largest relative error of any array. */
function worst(found: Arrays, expected: Arrays): number {
  const names = [...found.keys()].filter((name) => name !== 'losses');
  return Math.max(...names.map((name) => relativeError(found.get(name)!, expected.get(name)!)));
}

/** ‖found − expected‖ / ‖expected‖, all arrays together. */
function apart(found: Arrays, expected: Arrays): number {
  let [difference, size] = [0, 0];
  for (const [name, values] of found) {
    values.forEach((value, i) => {
      difference += (value - expected.get(name)![i]!) ** 2;
      size += expected.get(name)![i]! ** 2;
    });
  }
  return Math.sqrt(difference / size);
}
