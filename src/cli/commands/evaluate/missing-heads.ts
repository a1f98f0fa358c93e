import {
  headOf,
  trainedMethodNames,
  type MethodName,
  type TrainedMethodName,
} from '../../../confidence/confidence-method';
import type { EvaluatedHead } from '../../../inference/evaluation/evaluate';
import type { Backbone } from '../../../models/backbones/backbone';
import { adaptToSize } from '../../../training/config/adapt-to-size';
import { presetFor, resolveConfig, type RunConfig } from '../../../training/config/run-config';
import { withDimensions } from '../../../training/session/create-trainer';
import type { BackboneWithHeads } from '../../heads/open-with-heads';
import { chosenReading, howItIsFed } from '../../backbone-option';
import { openSource } from '../../node/node-files';
import { openNodeBackbone } from '../../node/node-models';
import { trainHeads, type TrainedHeads } from '../train/train-heads';
import { trainingReporter } from '../train/training-reporter';

/*
 * `scf evaluate --train`: heads that are trained for the evaluation, for methods that none is given
 * for. Their settings are those of `scf train` on the same pictures.
 */

/** The settings in a `--config` file. */
type Settings = Readonly<Record<string, unknown>>;

/** The config of a run on these shards, with the preset that suits them. */
const configOf = (shards: string, settings: Settings): RunConfig =>
  resolveConfig({ preset: presetFor(shards), ...settings, shards });

/** Opens the backbone that heads will be trained on, with the input that their config names. */
export async function openToTrain(
  shards: string,
  settings: Settings,
  options: {
    readonly backbone: string;
    readonly inputConvention?: string;
    readonly config?: string;
  },
): Promise<BackboneWithHeads> {
  const reading = configOf(shards, settings);
  const of = options.config ?? 'the config';
  const chosen = chosenReading(options.inputConvention, { reading, of });
  const backbone = await openNodeBackbone(options.backbone, chosen);
  console.error(howItIsFed(backbone, chosen));
  return { backbone, heads: [] };
}

/**
 * Trains a head for each method that is asked for, or for all but PFE-v, unless there is one.
 * @param seed of the runs, unless the settings name one
 * @throws StudioError as a run does
 */
export async function trainMissing(
  shards: string,
  settings: Settings,
  asked: readonly MethodName[] | undefined,
  heads: readonly EvaluatedHead[],
  seed: number,
  backbone: Backbone,
): Promise<TrainedHeads> {
  const named = new Set(Object.keys(settings));
  const config = withDimensions(configOf(shards, { seed, ...settings }), backbone, named);
  const info = await (await openSource(shards)).info();
  const wanted = asked
    ? [...new Set(asked.map(headOf))].filter((name): name is TrainedMethodName => name !== null)
    : trainedMethodNames.filter((name) => name !== 'pfe-v');
  return trainHeads(
    wanted.filter((name) => !heads.some(({ method }) => method === name)),
    adaptToSize(config, info, (name) => named.has(name)),
    backbone,
    trainingReporter(),
  );
}
