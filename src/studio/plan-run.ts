import { DecodePool } from '../faces/decode/decode-pool';
import type { PickedFile } from '../faces/sources/folder/local-file';
import { createHead } from '../models/heads/create-head';
import type { RunConfig } from '../training/config/run-config';
import type { RunPlan } from '../training/session/run-plan';
import type { DataController } from './controllers/data-controller';
import type { ModelRuntime } from './runtime/model-runtime';
import type { Task } from './task';

/**
 * Measures for ten seconds what a run would do, and plans how long it would take.
 * @returns null if it was stopped
 * @throws StudioError `bad-config` while a run, a lesson or an evaluation is on
 */
export function planRun(
  config: RunConfig,
  files: readonly PickedFile[] | undefined,
  runtime: ModelRuntime,
  data: DataController,
  task: Task,
): Promise<RunPlan | null> {
  const tools = () => {
    const { backbone, maxBlockBytes } = runtime;
    const { convShape, embeddingDim } = backbone;
    const decoder = new DecodePool(config.numWorkers);
    // Embedding takes nearly all of the time whichever head is trained, so the smallest will do.
    const head = createHead(
      'compact',
      { convShape, embeddingDim, initialLogKappa: null },
      config.seed,
      maxBlockBytes,
    );
    const dispose = () => {
      decoder.dispose();
      head.dispose();
    };
    return { backbone, head, decoder, dispose };
  };
  return data.plan(config, files, tools, task);
}
