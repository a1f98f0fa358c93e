import { concentrationSize, isPairwise } from '../../confidence/confidence-method';
import { StudioError } from '../../core/studio-error';
import type { Backbone } from '../../models/backbones/backbone';
import { INITIAL_LOG_KAPPA } from '../../models/heads/confidence-head';
import { createHead } from '../../models/heads/create-head';
import { HeadTrainer, requireMicroBatch } from '../step/head-trainer';
import type { RunConfig } from '../config/run-config';

/**
 * Settings with the dimensions of a backbone.
 * @param named the settings that were set explicitly: their dimensions must be the backbone's
 * @throws StudioError `bad-config` if one is not
 */
export function withDimensions(
  config: RunConfig,
  backbone: Pick<Backbone, 'name' | 'embeddingDim' | 'convShape'>,
  named: { has(name: keyof RunConfig): boolean },
): RunConfig {
  const own = dimensionsOf(backbone);
  const asked = {
    zDim: named.has('zDim') ? config.zDim : own.zDim,
    convfDim: named.has('convfDim') ? config.convfDim : own.convfDim,
  };
  requireDimensions(asked, backbone);
  return { ...config, ...own };
}

function dimensionsOf({ embeddingDim, convShape }: Pick<Backbone, 'embeddingDim' | 'convShape'>) {
  return { zDim: embeddingDim, convfDim: convShape.reduce((product, side) => product * side, 1) };
}

/** @throws StudioError `bad-config` if dimensions are not the backbone's */
function requireDimensions(
  { zDim, convfDim }: Pick<RunConfig, 'zDim' | 'convfDim'>,
  backbone: Pick<Backbone, 'name' | 'embeddingDim' | 'convShape'>,
): void {
  const own = dimensionsOf(backbone);
  if (zDim === own.zDim && convfDim === own.convfDim) return;
  throw new StudioError(
    'bad-config',
    `The run asks for z_dim ${zDim} and convf_dim ${convfDim}; the backbone ` +
      `"${backbone.name}" gives ${own.zDim} and ${own.convfDim}.`,
    "Leave both out: they are the backbone's.",
  );
}

/**
 * A run's head, freshly initialised, with its objective and its optimiser.
 * @param maxBlockBytes the largest single array that the backend can bind
 * @throws StudioError `bad-config` if the run doesn't fit the backbone, or its micro-batches don't
 * fit the head
 */
export function createTrainer(
  config: RunConfig,
  backbone: Backbone,
  maxBlockBytes: number,
): HeadTrainer {
  requireDimensions(config, backbone);
  requireMethod(config);
  const initialLogKappa =
    config.method !== 'scf' || config.objective === 'exact' || config.head === 'compact'
      ? INITIAL_LOG_KAPPA
      : null;
  const shape = {
    convShape: backbone.convShape,
    embeddingDim: backbone.embeddingDim,
    outputSize: concentrationSize(config.method, config.zDim),
    initialLogKappa,
  };
  const head = createHead(config.head, shape, config.seed, maxBlockBytes);
  try {
    requireMicroBatch(head, config.method, config.batchSize, config.microBatch);
  } catch (thrown) {
    head.dispose();
    throw thrown;
  }
  const { method, zDim, radius, objective, picturesPerIdentity } = config;
  return new HeadTrainer(head, {
    method,
    dimension: zDim,
    radius,
    mode: objective,
    picturesPerIdentity,
  });
}

/** @throws StudioError `bad-config` if the method can't use this head, batch size or features */
function requireMethod({
  method,
  head,
  features,
  batchSize,
  picturesPerIdentity,
}: RunConfig): void {
  if (method === 'pfe-g' && head !== 'compact') {
    throw new StudioError(
      'bad-config',
      `pfe-g takes a head with a number for each dimension; the ${head} head has one number ` +
        'for each face.',
      'Choose the compact head.',
    );
  }
  if (!isPairwise(method)) return;
  if (features !== 'reuse') {
    throw new StudioError(
      'bad-config',
      `${method} learns from pictures of one person side by side, which a stream doesn't have.`,
      'Set "features" to "reuse".',
    );
  }
  if (batchSize % picturesPerIdentity !== 0) {
    throw new StudioError(
      'bad-config',
      `A batch of ${batchSize} can't be filled with ${picturesPerIdentity} pictures of ` +
        'each person.',
      'Set "batchSize" to a multiple of "picturesPerIdentity".',
    );
  }
}
