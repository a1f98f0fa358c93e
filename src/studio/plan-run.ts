import { StudioError } from '../core/studio-error';
import { DecodePool } from '../faces/decode/decode-pool';
import type { PickedFile } from '../faces/sources/folder/local-file';
import { createHead } from '../models/heads/create-head';
import type { RunConfig } from '../training/config/run-config';
import type { Controllers } from './controllers/controllers';
import type { RunPlan } from '../training/session/run-plan';
import type { ModelRuntime } from './runtime/model-runtime';
import type { Task } from './task';

/**
 * Measures for ten seconds what a run would do, and plans how long it would take.
 * @returns null if it was stopped
 * @throws StudioError `bad-config` while a run, a lesson or an evaluation is on
 */
export async function planRun(
  config: RunConfig,
  files: readonly PickedFile[] | undefined,
  { backbone, maxBlockBytes }: ModelRuntime,
  { runs, lesson, evaluation, data }: Controllers,
  task: Task,
): Promise<RunPlan | null> {
  if (runs.isOn || lesson.isOn)
    throw new StudioError(
      'bad-config',
      'A run or a lesson is on: a measurement now would be wrong for both.',
      'Measure once it has ended.',
    );
  if (evaluation.isAtWork)
    throw new StudioError(
      'bad-config',
      'Methods are being evaluated: a measurement now would be wrong for both.',
      'Measure once that has ended.',
    );
  const decoder = new DecodePool(config.numWorkers);
  const { convShape, embeddingDim } = backbone;
  // Embedding takes nearly all of the time whichever head is trained, so the smallest one will do.
  const head = createHead(
    'compact',
    { convShape, embeddingDim, initialLogKappa: null },
    config.seed,
    maxBlockBytes,
  );
  try {
    return await evaluation.preemptFor(() =>
      data.plan({ config, backbone, head, decoder }, files, task),
    );
  } finally {
    decoder.dispose();
    head.dispose();
  }
}
