import { StudioError } from '../formats/studio-error';
import type { Backbone } from '../models/backbone';
import { INITIAL_LOG_KAPPA } from '../models/heads/confidence-head';
import { createHead } from '../models/heads/create-head';
import { HeadTrainer, requireMicroBatch } from './head-trainer';
import type { RunConfig } from './run-config';

/**
 * A run's head, freshly initialised, with its objective and its optimiser.
 * @param maxBlockBytes the largest single array that the backend can bind
 * @throws StudioError `bad-config` where the run doesn't fit the backbone, or its micro-batches the head
 */
export function createTrainer(config: RunConfig, backbone: Backbone, maxBlockBytes: number): HeadTrainer {
  const convfDim = backbone.convShape.reduce((product, side) => product * side, 1);
  if (config.zDim !== backbone.embeddingDim || config.convfDim !== convfDim) {
    throw new StudioError(
      'bad-config',
      `The run asks for z_dim ${config.zDim} and convf_dim ${config.convfDim}; the backbone "${backbone.name}" gives ${backbone.embeddingDim} and ${convfDim}.`,
      'Set both to what the backbone gives.',
    );
  }
  const initialLogKappa = config.objective === 'exact' || config.head === 'compact' ? INITIAL_LOG_KAPPA : null;
  const shape = { convShape: backbone.convShape, embeddingDim: backbone.embeddingDim, initialLogKappa };
  const head = createHead(config.head, shape, config.seed, maxBlockBytes);
  try {
    requireMicroBatch(head, config.batchSize, config.microBatch);
  } catch (thrown) {
    head.dispose();
    throw thrown;
  }
  return new HeadTrainer(head, { dimension: config.zDim, radius: config.radius, mode: config.objective });
}
