import type { Variable } from '@tensorflow/tfjs-core';
import { verifyChecksums, withChecksums } from '../../formats/tensors/array-checksum';
import {
  readSafetensors,
  writeSafetensors,
  type NamedArray,
} from '../../formats/safetensors/safetensors';
import {
  fittedText,
  list,
  misfitWords,
  number,
  object,
  orNull,
  text,
  time,
  wholeNumber,
  type Schema,
} from '../../core/schema/schema';
import { StudioError } from '../../core/studio-error';
import { assignValues } from '../../models/heads/variables';
import { storedLessonConfig, type LessonConfig } from './lesson-config';
import type { LessonBaseline, LessonResult } from './lesson-events';
import type { LessonTrainer } from './lesson-trainer';

/** The position of a lesson in its training data. */
export interface LessonCursor {
  /** Steps done. */
  readonly step: number;
  /** The current epoch, from 0; the config's `epochs` when the lesson is finished. */
  readonly epoch: number;
  /** Batches of that epoch done. */
  readonly batch: number;
  /** Sums over those batches, for the epoch's means. */
  readonly loss: number;
  readonly accuracy: number;
}

/** A saved lesson without its arrays. */
export interface LessonHeader {
  readonly config: LessonConfig;
  readonly cursor: LessonCursor;
  /** Fingerprint of the pictures that it was trained on. */
  readonly fingerprint: string;
  readonly results: readonly LessonResult[];
  readonly reference: LessonBaseline | null;
  /** Milliseconds since the epoch. */
  readonly savedAt: number;
}

const figures = { auc: number, tarAtFar1Percent: orNull(number) };
const storedHeader: Schema<LessonHeader> = object({
  config: storedLessonConfig,
  cursor: object({
    step: wholeNumber,
    epoch: wholeNumber,
    batch: wholeNumber,
    loss: number,
    accuracy: number,
  }),
  fingerprint: text,
  results: list(
    object({
      ...figures,
      epoch: wholeNumber,
      step: wholeNumber,
      loss: orNull(number),
      accuracy: orNull(number),
      seconds: orNull(number),
    }),
  ),
  reference: orNull(object({ ...figures, name: text })),
  savedAt: time,
});

const FORMAT = 'scf-studio-lesson-2';
/** Name of the file in messages. */
const LESSON = 'The saved lesson';

/** Writes network, class weights, optimiser and header as one safetensors file. */
export async function encodeLesson(
  trainer: LessonTrainer,
  header: LessonHeader,
): Promise<Uint8Array> {
  const arrays = new Map<string, NamedArray>();
  for (const [name, variable] of trainer.state)
    arrays.set(name, {
      dtype: 'F32',
      shape: variable.shape,
      data: (await variable.data()) as Float32Array,
    });
  return writeSafetensors(
    arrays,
    withChecksums(arrays, { format: FORMAT, header: JSON.stringify(header) }),
  );
}

/**
 * Reads the header of a lesson's file, after checking its checksums.
 * @throws StudioError `bad-checkpoint` for anything else
 */
export function readLessonHeader(bytes: Uint8Array): LessonHeader {
  const { tensors, metadata } = readSafetensors(bytes, LESSON);
  if (metadata.format !== FORMAT)
    throw badLesson(
      `It says that it is "${metadata.format ?? 'nothing'}"; ${FORMAT} was expected.`,
    );
  verifyChecksums(tensors, metadata, LESSON);
  return fittedText(storedHeader, metadata.header ?? '', (misfit) =>
    badLesson(`What it says of itself can't be read (${misfitWords(misfit)}).`),
  );
}

/**
 * Copies a saved lesson's arrays into a trainer of the same config.
 * @throws StudioError `bad-checkpoint` if a name or a shape doesn't match, or a value is not
 * finite; the trainer is then unchanged
 */
export function restoreLesson(
  trainer: LessonTrainer,
  bytes: Uint8Array,
  { cursor }: LessonHeader,
): void {
  const { tensors } = readSafetensors(bytes);
  const found: [Variable, Float32Array][] = [];
  for (const [name, variable] of trainer.state) {
    const array = tensors.get(name);
    if (array?.shape.join() !== variable.shape.join()) {
      const state = array ? `has shape [${array.shape.join(', ')}]` : 'is missing';
      const expected = `[${variable.shape.join(', ')}]`;
      throw badLesson(`Its array "${name}" ${state}; ${expected} was expected.`);
    }
    if (array.data.some((value) => !Number.isFinite(value)))
      throw badLesson(`Its array "${name}" holds values that are no numbers.`);
    found.push([variable, array.data]);
  }
  for (const [variable, data] of found) assignValues(variable, data);
  trainer.adam.steps = cursor.step;
}

/** The error for a saved lesson that can't be resumed. */
export function badLesson(found: string): StudioError {
  return new StudioError(
    'bad-checkpoint',
    `This lesson can't be resumed. ${found}`,
    'Start a new one, or resume it with its own settings and pictures.',
  );
}
