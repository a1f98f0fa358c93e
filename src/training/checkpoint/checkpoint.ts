import { version_core, type Variable } from '@tensorflow/tfjs-core';
import { version } from '../../../package.json';
import {
  CHECKSUM_ARRAY,
  verifyFileChecksums,
  verifyHeader,
} from '../../formats/tensors/array-checksum';
import { arrayParts } from '../../formats/tensors/array-parts';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import { isOptionalArray } from '../../models/heads/input-standardisation';
import { readingArrays, readingMetadata } from '../head-file/readings-in-file';
import {
  repeatableVariables,
  streamVariables,
  type HeadFile,
  type VariableFile,
} from './checkpoint-stream';
import { fillArrays, requireArrays, type ArrayFilling } from '../step/fill-arrays';
import { HeadTrainer } from '../step/head-trainer';
import type { HeadReading } from '../session/run-events';
import { badCheckpoint, headerText, parseHeader, type CheckpointHeader } from './checkpoint-header';

export type { CheckpointHeader, RunCursor } from './checkpoint-header';

/** The checksum of its arrays is its last array, so that it can be written as a stream. */
const FORMAT = 'scf-studio-run-2';
/** Formats that are read; the first had the checksum in its metadata. */
const FORMATS: readonly (string | undefined)[] = ['scf-studio-run-1', FORMAT];
/** The format of {@link encodeHead}. */
export const HEAD_FORMAT = 'scf-studio-head-1';

/**
 * Key under which a checkpoint in the published form keeps the {@link CheckpointHeader} as JSON.
 */
export const RUN_KEY = 'scf_studio';

/**
 * Head, optimiser and header as one safetensors file: all that a run needs to resume. The file
 * holds the values at the time of the call: see {@link streamVariables}.
 */
export function encodeCheckpoint(trainer: HeadTrainer, header: CheckpointHeader): VariableFile {
  const variables = groupsOf(trainer).flatMap(([group, named]) =>
    [...named].map(([name, variable]): [string, Variable] => [`${group}.${name}`, variable]),
  );
  return streamVariables(new Map(variables), { format: FORMAT, header: headerText(header) });
}

/**
 * Reads the header of a run's own file, without its arrays.
 * @throws StudioError `bad-checkpoint` for any other file, and for a damaged header
 */
export function checkpointHeader(file: TensorFile): CheckpointHeader {
  const header = runOf(file);
  if (file.form !== 'safetensors' || !header)
    throw badCheckpoint(
      file.name,
      `Its format is "${file.metadata.format ?? 'not given'}"; ${FORMAT} was expected.`,
    );
  verifyHeader(file);
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
      ? FORMATS.includes(file.metadata.format) && file.metadata.header
      : file.values.get(RUN_KEY);
  return typeof text === 'string' ? parseHeader(text, file.name) : null;
}

/**
 * Reads the arrays of a run's own file into a trainer of the same config, a part of an array at a
 * time.
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
    (name) => name !== CHECKSUM_ARRAY,
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
    parts: () => arrayParts(file, name),
  };
}

/**
 * The head alone, for other programs, as it is at the time of the call. Arrays have the names in
 * {@link HeadTrainer.head}. Whoever gets the file disposes it.
 * @param metadata texts about the head, see `headFileMetadata`; the versions are added here
 * @param readings of the validation pictures, with which a κ and a score can be judged wherever the
 * head is loaded
 */
export function encodeHead(
  trainer: HeadTrainer,
  metadata: Readonly<Record<string, string>>,
  readings: readonly HeadReading[] = [],
): Promise<HeadFile> {
  const variables = new Map([...trainer.head.parameters, ...trainer.head.buffers]);
  return repeatableVariables(variables, new Map(readingArrays(readings)), {
    format: HEAD_FORMAT,
    versions: JSON.stringify({ studio: version, tfjs: version_core }),
    ...metadata,
    ...readingMetadata(readings),
  });
}

function groupsOf(trainer: HeadTrainer): [string, ReadonlyMap<string, Variable>][] {
  return [
    ['head', trainer.head.parameters],
    ['buffer', trainer.head.buffers],
    ['adam', trainer.adam.moments],
  ];
}
