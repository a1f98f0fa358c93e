import { concentrationSize } from '../confidence/confidence-method';
import { StudioError } from '../formats/studio-error';
import type { Backbone } from '../models/backbone';
import { INITIAL_LOG_KAPPA } from '../models/heads/confidence-head';
import { createHead } from '../models/heads/create-head';
import { HeadTrainer, requireMicroBatch } from './head-trainer';
import { isPairwise } from './objectives/objective';
import type { RunConfig } from './run-config';

/** Settings with the dimensions that a backbone has, where nobody set others. @param named what was set */
export function withDimensions(
  config: RunConfig,
  { embeddingDim, convShape }: Pick<Backbone, 'embeddingDim' | 'convShape'>,
  named: { has(name: keyof RunConfig): boolean },
): RunConfig {
  return {
    ...config,
    zDim: named.has('zDim') ? config.zDim : embeddingDim,
    convfDim: named.has('convfDim') ? config.convfDim : convShape.reduce((product, side) => product * side, 1),
  };
}

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
  requireMethod(config);
  const initialLogKappa = config.method !== 'scf' || config.objective === 'exact' || config.head === 'compact' ? INITIAL_LOG_KAPPA : null;
  const shape = { convShape: backbone.convShape, embeddingDim: backbone.embeddingDim, outputSize: concentrationSize(config.method, config.zDim), initialLogKappa };
  const head = createHead(config.head, shape, config.seed, maxBlockBytes);
  try {
    requireMicroBatch(head, config.method, config.batchSize, config.microBatch);
  } catch (thrown) {
    head.dispose();
    throw thrown;
  }
  const { method, zDim, radius, objective, picturesPerIdentity } = config;
  return new HeadTrainer(head, { method, dimension: zDim, radius, mode: objective, picturesPerIdentity });
}

/** @throws StudioError `bad-config` where head, batches or features are not such as the method learns from */
function requireMethod({ method, head, features, batchSize, picturesPerIdentity }: RunConfig): void {
  if (method === 'pfe-g' && head !== 'compact') {
    throw new StudioError('bad-config', `pfe-g takes a head with a number for each dimension; the ${head} head has one number a face.`, 'Choose the compact head.');
  }
  if (!isPairwise(method)) return;
  if (features !== 'reuse') {
    throw new StudioError('bad-config', `${method} learns from pictures of one person side by side, which a stream doesn't have.`, 'Set "features" to "reuse".');
  }
  if (batchSize % picturesPerIdentity !== 0) {
    throw new StudioError('bad-config', `A batch of ${batchSize} can't be filled with ${picturesPerIdentity} pictures of each person.`, 'Set "batchSize" to a multiple of "picturesPerIdentity".');
  }
}
