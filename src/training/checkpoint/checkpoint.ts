import { clone, version_core, type Variable } from '@tensorflow/tfjs-core';
import { version } from '../../../package.json';
import {
  requireSound,
  requireSoundFile,
  withChecksums,
} from '../../formats/tensors/array-checksum';
import {
  readSafetensors,
  writeSafetensors,
  type NamedArray,
} from '../../formats/safetensors/safetensors';
import { messageOf, StudioError } from '../../core/studio-error';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import { isOptional } from '../../models/heads/input-standardisation';
import { assignValues } from '../../models/heads/variables';
import { distributionArrays } from './head-scores';
import { fillArrays, requireArrays, type ArrayFilling } from '../step/fill-arrays';
import { HeadTrainer } from '../step/head-trainer';
import { resolveConfig, type RunConfig } from '../config/run-config';
import type { PairDistributions } from '../session/run-events';
import type { ScheduleState } from '../config/schedule';

/** Where in its data a run stands. */
export interface RunCursor {
  /** Optimiser steps done. */
  readonly step: number;
  /** Epoch under way, from 0; equal to `config.epochs` when the run is finished. */
  readonly epoch: number;
  /** Batches of that epoch done. */
  readonly batch: number;
  /** Records of that epoch's order read from the source so far (`stream` only). */
  readonly recordsRead: number;
}

/** A run as saved, less its arrays. */
export interface CheckpointHeader {
  readonly config: RunConfig;
  readonly cursor: RunCursor;
  readonly schedule: ScheduleState;
  readonly backboneHash: string;
  /** Of the pictures that it was trained on; null where an older studio wrote the file. */
  readonly dataFingerprint: string | null;
  /** How its head failed to learn, as a sentence; absent where it didn't. */
  readonly collapse?: string;
  /** Milliseconds since the epoch. */
  readonly savedAt: number;
}

const FORMAT = 'scf-studio-run-1';
/** What a run's own checkpoint is called where its file has no name of its own. */
const NAME = 'The checkpoint';
/** The format of {@link encodeHead}. */
export const HEAD_FORMAT = 'scf-studio-head-1';

/**
 * Under which a checkpoint in the published form says what the studio knows of the run: a JSON
 * text.
 */
export const RUN_KEY = 'scf_studio';

/**
 * Head, optimiser and everything else that a run needs to go on, as one safetensors file. What it
 * holds is what was there when it was called: steps that are taken while it is read don't reach it.
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
    withChecksums(arrays, { format: FORMAT, header: JSON.stringify(header) }),
  );
}

/**
 * What a checkpoint says of itself, once all of it has been found to be what was written.
 * @param name of the file, for messages
 * @throws StudioError `bad-checkpoint` for anything but a run of this format, and for a damaged one
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
  requireSound(tensors, metadata, name);
  return header;
}

/** What {@link runOf} reads of a file in the published form. */
export function runText(header: CheckpointHeader): string {
  return JSON.stringify(header);
}

/**
 * The run that a file is of, where the studio wrote it: a run's own file, or a checkpoint in the
 * published form. null for files that don't say.
 * @throws StudioError `bad-checkpoint` where what it says can't be read
 */
export function runOf(file: TensorFile): CheckpointHeader | null {
  const text =
    file.form === 'safetensors'
      ? file.metadata.format === FORMAT && file.metadata.header
      : file.values.get(RUN_KEY);
  return typeof text === 'string' ? parseHeader(text, file.name) : null;
}

function parseHeader(text: string, name: string): CheckpointHeader {
  return described(name, () => {
    const header = JSON.parse(text) as CheckpointHeader;
    const { step, epoch, batch, recordsRead } = header.cursor;
    const placed = [step, epoch, batch, recordsRead].every(
      (count) => Number.isInteger(count) && count >= 0,
    );
    if (!placed || !Number.isFinite(header.schedule.learningRate))
      throw new Error('it has no place in the data, or no schedule');
    const { dataFingerprint = null } = header as Partial<CheckpointHeader>;
    if (dataFingerprint !== null && typeof dataFingerprint !== 'string')
      throw new Error('its fingerprint of the data is no text');
    return {
      ...header,
      dataFingerprint,
      config: resolveConfig(header.config as unknown as Record<string, unknown>),
    };
  });
}

/**
 * Puts a checkpoint's arrays into a trainer made from the same config.
 * @throws StudioError `bad-checkpoint` when a name or a shape doesn't match; the trainer is then
 * untouched
 */
export function restoreTrainer(
  trainer: HeadTrainer,
  bytes: Uint8Array,
  header: CheckpointHeader,
): void {
  const { tensors } = readSafetensors(bytes, NAME);
  const pairs: [Variable, Float32Array][] = [];
  for (const [group, variables] of groupsOf(trainer)) {
    const held = { has: (name: string) => tensors.has(`${group}.${name}`) };
    for (const [name, variable] of variables) {
      if (isOptional(name, held)) continue;
      pairs.push([variable, matching(tensors, `${group}.${name}`, variable.shape)]);
    }
  }
  for (const [variable, data] of pairs) assignValues(variable, data);
  trainer.adam.steps = header.cursor.step;
}

/**
 * Puts the arrays of a run's own file into a trainer made from the same config, one at a time.
 * @throws StudioError `bad-checkpoint`; the trainer is then untouched, as {@link fillArrays} tells
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
  await requireSoundFile(file);
  await fillArrays(file, fillings);
  trainer.adam.steps = header.cursor.step;
}

/** The variables that a file keeps in the studio's own layout, under a prefix. */
export function fillingsOf(
  file: TensorFile,
  prefix: string,
  variables: ReadonlyMap<string, Variable>,
): ArrayFilling[] {
  const held = { has: (name: string) => file.entries.has(prefix + name) };
  return [...variables]
    .filter(([name]) => !isOptional(name, held))
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
 * The head alone, for other programs: names as in {@link HeadTrainer.head}; the config, the figures
 * and the versions that made it as metadata; and the scores of its validation pairs, so that a
 * score of its has a meaning wherever it is loaded.
 */
export async function encodeHead(
  trainer: HeadTrainer,
  metadata: Readonly<Record<string, string>>,
  distributions: readonly PairDistributions[] = [],
): Promise<Uint8Array> {
  const arrays = new Map<string, NamedArray>();
  for (const [name, variable] of [...trainer.head.parameters, ...trainer.head.buffers])
    arrays.set(name, await toArray(variable));
  for (const [name, array] of distributionArrays(distributions)) arrays.set(name, array);
  return writeSafetensors(
    arrays,
    withChecksums(arrays, {
      format: HEAD_FORMAT,
      versions: JSON.stringify({ studio: version, tfjs: version_core }),
      ...metadata,
    }),
  );
}

/**
 * Reads a file's description of itself: whatever is wrong with it, it is the file that can't be
 * used.
 */
function described<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    const reason = messageOf(thrown);
    throw badCheckpoint(name, `What it says of itself can't be read (${reason}).`);
  }
}

function groupsOf(trainer: HeadTrainer): [string, ReadonlyMap<string, Variable>][] {
  return [
    ['head', trainer.head.parameters],
    ['buffer', trainer.head.buffers],
    ['adam', trainer.adam.moments],
  ];
}

/**
 * Begins to read at once. A clone holds the values until they have been read, whatever is assigned
 * to the variable meanwhile.
 */
async function toArray(variable: Variable): Promise<NamedArray> {
  const held = clone(variable);
  try {
    return { dtype: 'F32', shape: held.shape, data: (await held.data()) as Float32Array };
  } finally {
    held.dispose();
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

function badCheckpoint(name: string, found: string): StudioError {
  const nextStep = 'Choose a file that this studio saved for the same head.';
  return new StudioError('bad-checkpoint', `${name} can't be used. ${found}`, nextStep);
}
