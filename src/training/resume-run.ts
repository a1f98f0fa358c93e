import { StudioError } from '../formats/studio-error';
import type { TensorFile } from '../formats/tensor-file';
import type { Backbone } from '../models/backbone';
import { restoreTrainerFrom, runOf, type CheckpointHeader, type RunCursor } from './checkpoint';
import type { HeadTrainer } from './head-trainer';
import type { RunConfig } from './run-config';
import type { ScheduleState } from './schedule';
import { importScfCheckpoint } from './scf-checkpoint';

/** Where a run goes on. */
export interface RunPlace {
  readonly cursor: RunCursor;
  readonly schedule: ScheduleState;
}

/**
 * Takes up a run from a file of any size: the studio's own, or a `ckpt_e{N}.pt` whoever wrote it. Only the studio's say
 * which backbone they were trained on.
 * @throws StudioError `bad-checkpoint`; the trainer is then untouched
 */
export async function resumeRun(file: TensorFile, trainer: HeadTrainer, config: RunConfig, backbone: Backbone): Promise<RunPlace> {
  const header = runOf(file);
  if (header) requireBackbone(header, backbone);
  if (!header || file.form !== 'safetensors') return importScfCheckpoint(file, trainer, config);
  await restoreTrainerFrom(trainer, file, header);
  return header;
}

/** @throws StudioError `bad-checkpoint` for a run that was trained on another backbone */
export function requireBackbone({ backboneHash }: CheckpointHeader, backbone: Backbone): void {
  if (backboneHash === backbone.hash) return;
  throw new StudioError('bad-checkpoint', 'This run was trained on another backbone.', 'Load the backbone that it was trained on, or start anew.');
}
