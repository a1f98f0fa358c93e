import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StudioError } from '../../../core/studio-error';
import {
  readPublishedFlags,
  type CommandNote,
} from '../../../training/config/published/published-command';
import { isDataAddress } from '../../../training/config/published/published-flags';
import { presetFor, resolveConfig, type RunConfig } from '../../../training/config/run-config';
import { CHECKPOINT_FILE } from '../../../training/checkpoint/checkpoint-writer';
import { ignoreMissing } from '../../node/disk-error';
import { checkOutput } from '../../node/output-file';
import { freeName } from '../../node/save-output';

/** Options of `scf train` besides the published flags. */
export interface TrainOptions {
  readonly shards?: string;
  readonly out?: string;
  readonly backbone?: string;
  /** `--input-convention`. */
  readonly inputConvention?: string;
  readonly checkpoints?: string;
  /** `name=value` each. */
  readonly set: readonly string[];
}

/** Name of the head's file where none is given. */
const HEAD_FILE = 'head.safetensors';

/** What a training command will do. */
export interface TrainPlan {
  readonly config: RunConfig;
  /** Nobody named a preset: it was chosen by the source. */
  readonly isPresetFree: boolean;
  /** Settings that the command or its file names. The others may follow the backbone. */
  readonly named: ReadonlySet<string>;
  /** Path of the trained head. If none was named, no file is there. */
  readonly out: string;
  /** Folder of checkpoints, read and written; null if none are kept. */
  readonly checkpoints: string | null;
  /** Folder of event files; null if none are asked for. */
  readonly events: string | null;
  /** Folder that gets an SCF checkpoint at the end; null if no published flag names one. */
  readonly outputDir: string | null;
  /** Sentences about published flags that mean something else here. */
  readonly remarks: readonly string[];
}

/**
 * Flags with paths. The page can't open paths, but the command line can, so they need no remark.
 */
const PATH_FLAGS: readonly string[] = ['--dataset', '--output_dir', '--saved_bkb', '--saved_fc'];

/**
 * Puts together a run's settings. Later ones override earlier ones: the preset (`published` if a
 * published flag is given without a config file; otherwise the one for the source, if nobody names
 * one), the config file, the published flags, `--set`, and the command's own options.
 * @param words the published flags: all words of the command line besides its own options
 * @param file the settings in the `--config` file
 * @throws StudioError `bad-config`
 */
export async function planTraining(
  options: TrainOptions,
  words: readonly string[],
  file: Readonly<Record<string, unknown>> | null,
): Promise<TrainPlan> {
  const flags = readPublishedFlags([
    ...words,
    ...(options.set.length > 0 ? ['--set', ...options.set] : []),
  ]);
  const unknown = flags.notes.find(({ what }) => what === 'unknown');
  if (unknown)
    throw new StudioError(
      'bad-config',
      `${unknown.flag} is no flag of "scf train".`,
      '"scf train --help" lists them.',
    );
  const isPublished = flags.notes.some(({ flag }) => flag !== '--set');
  const settings: Record<string, unknown> = {
    ...(file ?? (isPublished ? { preset: 'published' } : {})),
    ...flags.settings,
  };
  const setByName = new Set(options.set.map((text) => text.split('=')[0]));
  if (flags.savedFc !== null && !setByName.has('centres'))
    Object.assign(settings, { centres: 'file', centreFiles: flags.savedFc });
  const backbone = options.backbone ?? flags.savedBackbone;
  if (backbone !== null && !setByName.has('backbone')) settings.backbone = backbone;
  if (options.inputConvention !== undefined && !setByName.has('inputConvention'))
    settings.inputConvention = options.inputConvention;
  const dataset = setByName.has('shards') ? null : flags.dataset;
  const shards = options.shards ?? (await pathOf(dataset)) ?? settings.shards;
  if (shards === undefined) throw nothingToTrainOn(dataset);
  // A file that names no preset was written against the default of `resolveConfig`.
  const isPresetFree = file === null && settings.preset === undefined;
  const preset = isPresetFree ? { preset: presetFor(String(shards)) } : {};
  const config = resolveConfig({ ...preset, ...settings, shards });
  const { outputDir } = flags;
  const out =
    options.out ??
    (outputDir === null ? await freeName('', HEAD_FILE) : join(outputDir, HEAD_FILE));
  const checkpoints = options.checkpoints ?? outputDir;
  const events = config.tensorboard ? (outputDir ?? checkpoints ?? dirname(out)) : null;
  const named = new Set(Object.keys(settings));
  return {
    config,
    isPresetFree,
    named,
    out,
    checkpoints,
    events,
    outputDir,
    remarks: flags.notes.filter(isRemark).map(({ sentence }) => sentence),
  };
}

/**
 * Checks that all output files of a run can be written. @throws StudioError as {@link checkOutput}
 */
export async function checkTrainOutputs(plan: TrainPlan): Promise<void> {
  const { out, outputDir, checkpoints, config } = plan;
  await checkOutput(out, ['.safetensors']);
  if (outputDir !== null) await checkOutput(join(outputDir, `ckpt_e${config.epochs}.pt`));
  // A checkpoint with the final name is read before, or set aside.
  if (checkpoints !== null) await checkOutput(join(checkpoints, `${CHECKPOINT_FILE}.new`));
}

const isRemark = ({ flag, what }: CommandNote): boolean =>
  what === 'read-otherwise' && !PATH_FLAGS.includes(flag);

/** The value of `--dataset`, if it is an address or exists on this machine. */
async function pathOf(dataset: string | null): Promise<string | undefined> {
  if (dataset === null) return undefined;
  return isDataAddress(dataset) || (await stat(dataset).catch(ignoreMissing(dataset)))
    ? dataset
    : undefined;
}

function nothingToTrainOn(dataset: string | null): StudioError {
  const found =
    dataset === null
      ? 'Nothing says where faces come from'
      : `There is nothing at ${dataset}, which the published code may know by that name`;
  return new StudioError(
    'bad-config',
    `${found}; a folder, a manifest, a URL or a pattern was expected.`,
    'Name it with --shards.',
  );
}
