import type { Variable } from '@tensorflow/tfjs-core';
import { StudioError } from '../../core/studio-error';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import type { TorchArray, TorchValue } from '../../formats/torch/torch-value';
import type { ConfidenceHead } from '../../models/heads/confidence-head';
import { INPUT_PREFIX } from '../../models/heads/input-standardisation';
import {
  firstLayers,
  partsOf,
  publishedArrays,
  toPublished,
  toStudio,
  type PublishedArray,
} from '../../models/heads/torch-head';
import { fillingsOf, RUN_KEY, runOf, type CheckpointHeader, type RunCursor } from './checkpoint';
import { headerText } from './checkpoint-header';
import { badFile, fillArrays, requireArrays, type ArrayFilling } from '../step/fill-arrays';
import type { HeadTrainer } from '../step/head-trainer';
import type { RunConfig } from '../config/run-config';
import { initialSchedule, nextSchedule, type ScheduleState } from '../config/schedule';
import { adamMoments, isMoment, momentPath, readTorchAdam, torchAdamState } from './torch-adam';

const HEAD = 'uncer_net_state_dict';
/**
 * Key under which a checkpoint keeps the standardisation of the head's input, and the first layer
 * as it was before the standardisation was folded into it. The studio resumes from these with
 * exactly the same losses; other programs ignore them.
 */
const INPUT_KEY = 'scf_studio_input';

/**
 * Exports a run in the published form: `epoch` (epochs done), `global_step` (steps done),
 * `uncer_net_state_dict`, `opt_state`; and {@link RUN_KEY}, the studio's own header, which
 * PyTorch's loaders ignore. The file holds only plain values and tensors, so that `torch.load(…,
 * weights_only=True)` accepts it.
 *
 * Published heads don't standardise their input, so the standardisation is folded into the first
 * layer ({@link firstLayers}). Adam's moments stay those of the standardised input, so that another
 * program should resume with a fresh optimiser.
 *
 * Nothing is read from the device here. The bytes of an array are made when they are requested, and
 * the trainer must not take a step until then.
 * @throws StudioError `bad-config` for a run of another method than `scf`
 */
export function exportScfCheckpoint(
  trainer: HeadTrainer,
  header: CheckpointHeader,
): { name: string; root: TorchValue } {
  const { config, cursor, schedule } = header;
  if (config.method !== 'scf')
    throw new StudioError(
      'bad-config',
      `The published code has no ${config.method}: its checkpoints hold SCF only.`,
      'Download the head or the whole run instead.',
    );
  const steps = trainer.adam.steps;
  const { standardisation } = trainer.head;
  const folding = standardisation.count > 0 ? foldingOf(trainer.head) : null;
  const weightOf = (name: string) => variablesOf(trainer.head).get(name)!;
  const bytesOf = async (
    array: PublishedArray,
    variable: (studioName: string) => Variable,
    fold: Folding | null = null,
  ) => {
    const bytes = await publishedBytes(array, trainer.head, variable, fold);
    if (trainer.adam.steps !== steps) {
      throw new StudioError(
        'bad-checkpoint',
        `The run went on from step ${steps} to ${trainer.adam.steps} while its checkpoint ` +
          'was written.',
        'Pause the run, and export it again.',
      );
    }
    return bytes;
  };
  const arrays = publishedArrays(trainer.head.name, trainer.head.convShape);
  const weights = arrays.map((array): [string, TorchArray] => {
    if (array.kind === 'counter')
      return [
        array.name,
        {
          kind: 'array',
          dtype: 'I64',
          shape: [],
          bytes: async () => new Uint8Array(BigInt64Array.of(BigInt(steps)).buffer),
        },
      ];
    return [
      array.name,
      {
        kind: 'array',
        dtype: 'F32',
        shape: array.shape,
        bytes: () => bytesOf(array, weightOf, folding),
      },
    ];
  });
  const moments = arrays
    .filter(({ kind }) => kind === 'parameter')
    .map((array) => {
      const moment = (prefix: string): TorchArray => ({
        kind: 'array',
        dtype: 'F32',
        shape: array.shape,
        bytes: () => bytesOf(array, (name) => trainer.adam.moments.get(prefix + name)!),
      });
      return { exp_avg: moment('m.'), exp_avg_sq: moment('v.') };
    });
  /** The arrays of the standardisation, and those of the first layer without it. */
  const standardisedInput = (): TorchValue => {
    const own = [...standardisation.variables].map(([name, variable]): [string, TorchArray] => {
      const bytes = async () => new Uint8Array(Float32Array.from(await variable.data()).buffer);
      return [name, { kind: 'array', dtype: 'F32', shape: variable.shape, bytes }];
    });
    const layer = arrays.filter(isFolded(trainer.head)).map((array): [string, TorchArray] => {
      const bytes = () => bytesOf(array, weightOf);
      return [array.name, { kind: 'array', dtype: 'F32', shape: array.shape, bytes }];
    });
    return new Map<string, TorchValue>([...own, ...layer]);
  };
  const settings = {
    steps,
    learningRate: schedule.learningRate,
    initialLearningRate: config.learningRate,
    weightDecay: config.weightDecay,
  };
  const root: TorchValue = new Map<string, TorchValue>([
    ['epoch', cursor.epoch],
    ['global_step', cursor.step],
    [HEAD, { kind: 'ordered-dict', items: new Map(weights) }],
    ['opt_state', torchAdamState(moments, settings)],
    [RUN_KEY, headerText(header)],
    ...(folding ? [[INPUT_KEY, standardisedInput()] as const] : []),
  ]);
  return { name: `ckpt_e${cursor.epoch}.pt`, root };
}

/**
 * Restores a trainer from a checkpoint in the published form. A file of the studio resumes where it
 * was saved. In any other file `epoch` is the number of epochs done, and the run resumes at the
 * beginning of the next. Its learning rate is that of `config`'s schedule at this epoch, or the one
 * in the file if the schedule depends on earlier losses, which the file doesn't hold.
 *
 * A file that doesn't fit leaves the trainer unchanged, see {@link fillArrays}.
 * @throws StudioError `bad-checkpoint` naming what was found and what was expected
 */
export async function importScfCheckpoint(
  file: TensorFile,
  trainer: HeadTrainer,
  config: RunConfig,
): Promise<{ cursor: RunCursor; schedule: ScheduleState }> {
  const [epoch, step] = [countOf(file, 'epoch'), countOf(file, 'global_step')];
  const run = runOf(file);
  if (run && (run.cursor.epoch !== epoch || run.cursor.step !== step)) {
    throw badFile(
      file,
      `It says that ${epoch} epochs and ${step} steps are done, and that ` +
        `${run.cursor.epoch} and ${run.cursor.step} are.`,
    );
  }
  const { head, adam } = trainer;
  const arrays = publishedArrays(head.name, head.convShape);
  const prefix = publishedPrefix(file, arrays[0]!.name) ?? `${HEAD}.`;
  requireWeights(file, arrays, prefix);
  const parameters = arrays.filter(({ kind }) => kind === 'parameter');
  const { steps, learningRate } = await readTorchAdam(file, parameters.length);
  const moments = parameters.flatMap(({ shape }, parameter) =>
    adamMoments.map(({ torchName }): [string, readonly number[]] => [
      momentPath(parameter, torchName),
      shape,
    ]),
  );
  requireArrays(file, new Map(steps === 0 ? [] : moments), isMoment);
  const momentFillings = parameters.flatMap((array, parameter) =>
    adamMoments.flatMap(({ torchName, studioPrefix, isVariance }) => {
      const target = (name: string) => adam.moments.get(studioPrefix + name)!;
      if (steps > 0)
        return publishedFillings(
          file,
          array,
          momentPath(parameter, torchName),
          head,
          target,
          isVariance,
        );
      return partsOf(array, head.parameters).map(({ studioName }): ArrayFilling => {
        return {
          variable: target(studioName),
          name: studioName,
          isVariance,
          read: async () => new Float32Array(target(studioName).size),
        };
      });
    }),
  );
  await fillArrays(file, [...weightFillings(file, head, prefix), ...momentFillings]);
  adam.steps = steps;
  if (run) return { cursor: run.cursor, schedule: run.schedule };
  return {
    cursor: { step, epoch, batch: 0, recordsRead: 0 },
    schedule: scheduleAt(config, epoch, learningRate),
  };
}

/**
 * The prefix of a head's published array names in a file, which may be a checkpoint or a bare state
 * dict, saved through `DataParallel` or not. null if the file holds no such head.
 * @param name one of the head's arrays
 */
export function publishedPrefix(file: TensorFile, name: string): string | null {
  return (
    [`${HEAD}.`, `${HEAD}.module.`, '', 'module.'].find((prefix) =>
      file.entries.has(prefix + name),
    ) ?? null
  );
}

/**
 * Checks that a file holds a head's weights, and no other arrays among them.
 * @throws StudioError as {@link requireArrays}
 */
export function requireWeights(
  file: TensorFile,
  arrays: readonly PublishedArray[],
  prefix: string,
): void {
  const weights = arrays.filter(({ kind }) => kind !== 'counter');
  requireArrays(file, new Map(weights.map(({ name, shape }) => [prefix + name, shape])), (name) =>
    isWeight(name, prefix),
  );
}

/** How to fill a head's variables from a file that {@link requireWeights} has checked. */
export function weightFillings(
  file: TensorFile,
  head: ConfidenceHead,
  prefix: string,
): ArrayFilling[] {
  const target = (name: string) => variablesOf(head).get(name)!;
  const unfolded = `${INPUT_KEY}.`;
  const isStandardised = file.entries.has(`${unfolded}${INPUT_PREFIX}count`);
  const isUnfolded = isStandardised ? isFolded(head) : () => false;
  const weights = publishedArrays(head.name, head.convShape)
    .filter(({ kind }) => kind !== 'counter')
    .flatMap((array) => {
      const path = (isUnfolded(array) ? unfolded : prefix) + array.name;
      return publishedFillings(file, array, path, head, target, array.name.endsWith('running_var'));
    });
  return isStandardised
    ? [...weights, ...fillingsOf(file, unfolded, head.standardisation.variables)]
    : weights;
}

/** Returns a test for the arrays of the first layer, into which the standardisation is folded. */
function isFolded({ name }: ConfidenceHead): (array: PublishedArray) => boolean {
  const { weight, bias } = firstLayers[name];
  return (array) => array.name === weight || array.name === bias;
}

/**
 * Folds the standardisation into a part of the first layer: the studio's values → published ones.
 */
type Folding = (
  array: PublishedArray,
  studioName: string,
  values: Float32Array,
) => Promise<Float32Array>;

function foldingOf(head: ConfidenceHead): Folding {
  const { weight, bias } = firstLayers[head.name];
  return async (array, studioName, values) => {
    if (array.name !== weight && array.name !== bias) return values;
    const { shift, scale } = await head.standardisation.values();
    if (array.name === weight) {
      // A row in the studio's layout belongs to one input; of a convolution, to one input in one of
      // the nine places of its window.
      const columns = head.parameters.get(studioName)!.shape.at(-1)!;
      return values.map((value, at) => value * scale[Math.floor(at / columns) % scale.length]!);
    }
    const matrix = await head.parameters.get(studioName.replace(/bias$/, 'weight'))!.data();
    return values.map((value, column) => {
      let moved = value;
      for (let row = 0; row < shift.length; row++) {
        moved -= matrix[row * values.length + column]! * scale[row]! * shift[row]!;
      }
      return moved;
    });
  };
}

const variablesOf = ({ parameters, buffers }: ConfidenceHead): ReadonlyMap<string, Variable> =>
  new Map([...parameters, ...buffers]);

/**
 * Whether an array belongs to the head's weights: in a checkpoint those below {@link HEAD}, in a
 * bare state dict all. Counters are ignored.
 */
function isWeight(name: string, prefix: string): boolean {
  if (name.endsWith('.num_batches_tracked')) return false;
  return prefix.startsWith(HEAD) ? name.startsWith(`${HEAD}.`) : true;
}

/** How to fill the variables that a published array is split into, each from some of its rows. */
function publishedFillings(
  file: TensorFile,
  array: PublishedArray,
  path: string,
  head: ConfidenceHead,
  target: (studioName: string) => Variable,
  isVariance: boolean,
): ArrayFilling[] {
  return partsOf(array, variablesOf(head)).map(({ studioName, from, rows }) => ({
    variable: target(studioName),
    name: path,
    isVariance,
    read: async () => toStudio(await file.readRows(path, from, rows), array.window),
  }));
}

/** The bytes of a published array, joined from the studio's variables one by one. */
async function publishedBytes(
  array: PublishedArray,
  head: ConfidenceHead,
  variable: (studioName: string) => Variable,
  fold: Folding | null,
): Promise<Uint8Array> {
  const rowSize = array.shape.slice(1).reduce((product, side) => product * side, 1);
  const values = new Float32Array(array.shape[0]! * rowSize);
  for (const { studioName, from, rows } of partsOf(array, variablesOf(head))) {
    const own = (await variable(studioName).data()) as Float32Array;
    const part = fold ? await fold(array, studioName, own) : own;
    toPublished(part, array.window, values.subarray(from * rowSize, (from + rows) * rowSize));
  }
  return new Uint8Array(values.buffer);
}

/** The schedule's state after `epoch` epochs. */
function scheduleAt(config: RunConfig, epoch: number, learningRate: number | null): ScheduleState {
  const initial = initialSchedule(config);
  switch (config.schedule) {
    case 'StepLR':
      return epoch === 0 ? initial : nextSchedule(initial, config, epoch, 0);
    case 'ReduceLROnPlateau':
      return { ...initial, learningRate: learningRate ?? initial.learningRate };
    default:
      return config.schedule satisfies never;
  }
}

function countOf(file: TensorFile, name: 'epoch' | 'global_step'): number {
  const found = file.values.get(name);
  if (typeof found === 'number' && Number.isSafeInteger(found) && found >= 0) return found;
  throw badFile(
    file,
    `Its "${name}" is ${found === undefined ? 'missing' : String(found)}; a whole number ` +
      'from 0 on was expected.',
  );
}
