import type { TensorFile } from '../../../formats/tensors/tensor-file';
import type { Backbone } from '../../../models/backbones/backbone';
import { readCheckpointHeader, restoreTrainer } from '../../checkpoint/checkpoint';
import { requireBackbone, resumeRun, type RunPlace } from '../../checkpoint/resume-run';
import { requireSameRun } from '../../checkpoint/same-run';
import type { RunConfig } from '../../config/run-config';
import type { HeadTrainer } from '../../step/head-trainer';

/**
 * Puts a saved run's arrays into a trainer.
 * @param saved the bytes of a checkpoint, or a file as {@link resumeRun} reads it
 * @returns where the run resumes
 * @throws StudioError `bad-checkpoint`, also for a run of other settings or another backbone; the
 * trainer is then untouched
 */
export async function restorePlace(
  saved: Uint8Array | TensorFile,
  trainer: HeadTrainer,
  config: RunConfig,
  backbone: Backbone,
): Promise<RunPlace> {
  if (!(saved instanceof Uint8Array)) return resumeRun(saved, trainer, config, backbone);
  const header = readCheckpointHeader(saved);
  requireBackbone(header, backbone);
  requireSameRun(header, config);
  restoreTrainer(trainer, saved, header);
  return { cursor: header.cursor, schedule: header.schedule, saved: header };
}
