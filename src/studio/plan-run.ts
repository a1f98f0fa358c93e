import { DecodePool } from '../faces/decode/decode-pool';
import type { PickedFile } from '../faces/sources/folder/local-file';
import { createHead } from '../models/heads/create-head';
import type { RunConfig } from '../training/config/run-config';
import type { DataController } from './controllers/data-controller';
import type { ModelRuntime } from './runtime/model-runtime';

/**
 * Measures for ten seconds what a run would do, and posts how long it would take.
 * @throws StudioError `bad-config` while a run, a lesson or an evaluation is on
 */
export function planRun(
  config: RunConfig,
  files: readonly PickedFile[] | undefined,
  runtime: ModelRuntime,
  data: DataController,
): Promise<void> {
  return data.plan(config, files, () => {
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
  });
}
