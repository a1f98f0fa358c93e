import { clone, version_core, type Variable } from '@tensorflow/tfjs-core';
import { version } from '../../../package.json';
import {
  verifyChecksums,
  verifyFileChecksums,
  withChecksums,
} from '../../formats/tensors/array-checksum';
import {
  readSafetensors,
  writeSafetensors,
  type NamedArray,
} from '../../formats/safetensors/safetensors';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import { isOptionalArray } from '../../models/heads/input-standardisation';
import { assignValues } from '../../models/heads/variables';
import { readingArrays, readingMetadata } from '../head-file/readings-in-file';
import { fillArrays, requireArrays, type ArrayFilling } from '../step/fill-arrays';
import { HeadTrainer } from '../step/head-trainer';
import type { HeadReading } from '../session/run-events';
import { badCheckpoint, headerText, parseHeader, type CheckpointHeader } from './checkpoint-header';

export type { CheckpointHeader, RunCursor } from './checkpoint-header';

const FORMAT = 'scf-studio-run-1';
/** The name of a checkpoint in messages, if its file has no name. */
const NAME = 'The checkpoint';
/** The format of {@link encodeHead}. */
export const HEAD_FORMAT = 'scf-studio-head-1';

/**
 * Key under which a checkpoint in the published form keeps the {@link CheckpointHeader} as JSON.
 */
export const RUN_KEY = 'scf_studio';

/**
 * Writes head, optimiser and header as one safetensors file: all that a run needs to resume. The
 * file holds the values at the time of the call, even if training steps follow while they are read.
 */
export async function encodeCheckpoint(
  trainer: HeadTrainer,
  header: CheckpointHeader,
): Promise<Uint8Array> {
  const named = groupsOf(trainer).flatMap(([group, variables]) =>
    [...variables].map(([name, variable]) => [`${group}.${name}`, variable] as const),
  );
  const arrays = new Map(
    await Promise.all(
      named.map(async ([name, variable]) => [name, await toArray(variable)] as const),
    ),
  );
  return writeSafetensors(
    arrays,
    withChecksums(arrays, { format: FORMAT, header: headerText(header) }),
  );
}

/**
 * Reads a checkpoint's header, after checking the checksums of all its arrays.
 * @param name of the file, for messages
 * @throws StudioError `bad-checkpoint` for any other file, and for a damaged one
 */
export function readCheckpointHeader(bytes: Uint8Array, name = NAME): CheckpointHeader {
  const { tensors, metadata } = readSafetensors(bytes, name);
  if (metadata.format !== FORMAT || !metadata.header) {
    throw badCheckpoint(
      name,
      `Its format is "${metadata.format ?? 'not given'}"; ${FORMAT} was expected.`,
    );
  }
  const header = parseHeader(metadata.header, name);
  verifyChecksums(tensors, metadata, name);
  return header;
}

/**
 * Reads the header of a file that the studio wrote: a run's own file, or a checkpoint in the
 * published form. null for files without a header.
 * @throws StudioError `bad-checkpoint` if the header can't be read
 */
export function runOf(file: TensorFile): CheckpointHeader | null {
  const text =
    file.form === 'safetensors'
      ? file.metadata.format === FORMAT && file.metadata.header
      : file.values.get(RUN_KEY);
  return typeof text === 'string' ? parseHeader(text, file.name) : null;
}

/**
 * Copies the arrays of a checkpoint in memory into a trainer of the same config. For a file of any
 * size, see {@link restoreTrainerFrom}.
 * @throws StudioError `bad-checkpoint` if a name or a shape doesn't match; the trainer is then
 * unchanged
 */
export function restoreTrainer(
  trainer: HeadTrainer,
  bytes: Uint8Array,
  header: CheckpointHeader,
): void {
  const { tensors } = readSafetensors(bytes, NAME);
  const pairs: [Variable, Float32Array][] = [];
  for (const [group, variables] of groupsOf(trainer)) {
    const present = { has: (name: string) => tensors.has(`${group}.${name}`) };
    for (const [name, variable] of variables) {
      if (isOptionalArray(name, present)) continue;
      pairs.push([variable, matching(tensors, `${group}.${name}`, variable.shape)]);
    }
  }
  for (const [variable, data] of pairs) assignValues(variable, data);
  trainer.adam.steps = header.cursor.step;
}

/**
 * Reads the arrays of a run's own file into a trainer of the same config, one array at a time.
 * @throws StudioError `bad-checkpoint`; the trainer is then unchanged, see {@link fillArrays}
 */
export async function restoreTrainerFrom(
  trainer: HeadTrainer,
  file: TensorFile,
  header: CheckpointHeader,
): Promise<void> {
  const fillings = groupsOf(trainer).flatMap(([group, variables]) =>
    fillingsOf(file, `${group}.`, variables),
  );
  requireArrays(
    file,
    new Map(fillings.map(({ name, variable }) => [name, variable.shape])),
    () => true,
  );
  await verifyFileChecksums(file);
  await fillArrays(file, fillings);
  trainer.adam.steps = header.cursor.step;
}

/** How to fill variables from arrays in the studio's own layout, whose names have a prefix. */
export function fillingsOf(
  file: TensorFile,
  prefix: string,
  variables: ReadonlyMap<string, Variable>,
): ArrayFilling[] {
  const present = { has: (name: string) => file.entries.has(prefix + name) };
  return [...variables]
    .filter(([name]) => !isOptionalArray(name, present))
    .map(([name, variable]) => fillingOf(file, prefix + name, variable));
}

function fillingOf(file: TensorFile, name: string, variable: Variable): ArrayFilling {
  return {
    name,
    variable,
    isVariance: name.startsWith('adam.v.') || name.endsWith('.runningVariance'),
    read: () => file.read(name),
  };
}

/**
 * Writes the head alone, for other programs. Arrays have the names in {@link HeadTrainer.head}.
 * @param metadata texts about the head, see `headFileMetadata`; the versions are added here
 * @param readings of the validation pictures, with which a κ and a score can be judged wherever the
 * head is loaded
 */
export async function encodeHead(
  trainer: HeadTrainer,
  metadata: Readonly<Record<string, string>>,
  readings: readonly HeadReading[] = [],
): Promise<Uint8Array> {
  const arrays = new Map<string, NamedArray>();
  for (const [name, variable] of [...trainer.head.parameters, ...trainer.head.buffers])
    arrays.set(name, await toArray(variable));
  for (const [name, array] of readingArrays(readings)) arrays.set(name, array);
  return writeSafetensors(
    arrays,
    withChecksums(arrays, {
      format: HEAD_FORMAT,
      versions: JSON.stringify({ studio: version, tfjs: version_core }),
      ...metadata,
      ...readingMetadata(readings),
    }),
  );
}

function groupsOf(trainer: HeadTrainer): [string, ReadonlyMap<string, Variable>][] {
  return [
    ['head', trainer.head.parameters],
    ['buffer', trainer.head.buffers],
    ['adam', trainer.adam.moments],
  ];
}

/**
 * Reads a variable. The clone keeps its present values, even if the variable is assigned meanwhile.
 */
async function toArray(variable: Variable): Promise<NamedArray> {
  const copy = clone(variable);
  try {
    return { dtype: 'F32', shape: copy.shape, data: (await copy.data()) as Float32Array };
  } finally {
    copy.dispose();
  }
}

function matching(
  tensors: ReadonlyMap<string, NamedArray>,
  name: string,
  shape: readonly number[],
): Float32Array {
  const found = tensors.get(name);
  if (!found)
    throw badCheckpoint(
      NAME,
      `It has no array "${name}"; it holds ` +
        `${[...tensors.keys()].slice(0, 6).join(', ') || 'none'}.`,
    );
  if (found.shape.join() !== shape.join()) {
    throw badCheckpoint(
      NAME,
      `Its array "${name}" has shape [${found.shape.join(', ')}]; [${shape.join(', ')}] ` +
        'was expected.',
    );
  }
  if (!(found.data instanceof Float32Array))
    throw badCheckpoint(NAME, `Its array "${name}" holds ${found.dtype}; F32 was expected.`);
  return found.data;
}
