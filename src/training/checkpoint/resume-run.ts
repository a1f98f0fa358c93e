import { StudioError } from '../../core/studio-error';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import type { Backbone } from '../../models/backbones/backbone';
import { restoreTrainerFrom, runOf, type CheckpointHeader, type RunCursor } from './checkpoint';
import type { HeadTrainer } from '../step/head-trainer';
import type { RunConfig } from '../config/run-config';
import { requireSameRun } from './same-run';
import type { ScheduleState } from '../config/schedule';
import { importScfCheckpoint } from './scf-checkpoint';

/** The position at which a run resumes. */
export interface RunPlace {
  readonly cursor: RunCursor;
  readonly schedule: ScheduleState;
  /** The file's header; null if the studio didn't write the file. */
  readonly saved: CheckpointHeader | null;
}

/**
 * Restores a trainer from a file of any size: the studio's own, or any `ckpt_e{N}.pt`. Only files
 * of the studio hold the settings and the backbone's hash, which are then checked.
 * @throws StudioError `bad-checkpoint`, also for a run with other settings; the trainer is then
 * unchanged
 */
export async function resumeRun(
  file: TensorFile,
  trainer: HeadTrainer,
  config: RunConfig,
  backbone: Backbone,
): Promise<RunPlace> {
  const saved = runOf(file);
  if (saved) {
    requireBackbone(saved, backbone);
    requireSameRun(saved, config);
  }
  if (!saved || file.form !== 'safetensors')
    return { ...(await importScfCheckpoint(file, trainer, config)), saved };
  await restoreTrainerFrom(trainer, file, saved);
  return { cursor: saved.cursor, schedule: saved.schedule, saved };
}

/** @throws StudioError `bad-checkpoint` for a run that was trained on another backbone */
function requireBackbone({ backboneHash }: CheckpointHeader, backbone: Backbone): void {
  if (backboneHash === backbone.hash) return;
  throw new StudioError(
    'bad-checkpoint',
    'This run was trained on another backbone.',
    'Load the backbone that it was trained on, or start a new run.',
  );
}
