import * as v from 'valibot';
import {
  fittedText,
  misfitWords,
  number,
  object,
  orNull,
  text,
  time,
  wholeNumber,
  type Schema,
} from '../../core/schema/schema';
import { refusal } from '../../core/schema/stored-form';
import { StudioError } from '../../core/studio-error';
import type { RunConfig } from '../config/run-config';
import type { ScheduleState } from '../config/schedule';
import { configToStore, storedConfig } from '../config/stored-config';

/** The position of a run in its training data. */
export interface RunCursor {
  /** Optimiser steps done. */
  readonly step: number;
  /** The current epoch, from 0; `config.epochs` when the run is finished. */
  readonly epoch: number;
  /** Batches of that epoch done. */
  readonly batch: number;
  /** Records of that epoch read from the source so far, in the epoch's order (`stream` only). */
  readonly recordsRead: number;
}

/** A saved run without its arrays. */
export interface CheckpointHeader {
  readonly config: RunConfig;
  readonly cursor: RunCursor;
  readonly schedule: ScheduleState;
  readonly backboneHash: string;
  /** Fingerprint of the training pictures; null in files of older versions. */
  readonly dataFingerprint: string | null;
  /** A sentence about how the head failed to learn; absent if it didn't fail. */
  readonly collapse?: string;
  /** Milliseconds since the epoch. */
  readonly savedAt: number;
}

/** The state of a schedule in a file. */
const storedSchedule: Schema<ScheduleState> = object({
  learningRate: number,
  best: orNull(number),
  badEpochs: wholeNumber,
  lowest: v.optional(object({ loss: number, epochsAgo: wholeNumber })),
});

const storedHeader: Schema<CheckpointHeader> = object({
  config: storedConfig,
  cursor: object({
    step: wholeNumber,
    epoch: wholeNumber,
    batch: wholeNumber,
    recordsRead: wholeNumber,
  }),
  schedule: storedSchedule,
  backboneHash: text,
  dataFingerprint: v.optional(orNull(text), null),
  collapse: v.optional(text),
  savedAt: time,
});

/** A header as JSON; {@link parseHeader} reads it. */
export const headerText = (header: CheckpointHeader): string =>
  JSON.stringify({ ...header, config: configToStore(header.config) });

/**
 * Reads a header that any version of the studio wrote.
 * @param name of the file, for messages
 * @throws StudioError `bad-checkpoint` with the place in the header, what was found and expected;
 * `later-version` for settings of a later version that this one can't read
 */
export const parseHeader = (json: string, name: string): CheckpointHeader =>
  fittedText(storedHeader, json, (misfit) =>
    refusal(
      misfit,
      badCheckpoint(name, `What it says of itself can't be read (${misfitWords(misfit)}).`),
    ),
  );

/** The error for a checkpoint that can't be used. @param found why, as sentences */
export function badCheckpoint(name: string, found: string): StudioError {
  const nextStep = 'Choose a file that this studio saved for the same head.';
  return new StudioError('bad-checkpoint', `${name} can't be used. ${found}`, nextStep);
}
