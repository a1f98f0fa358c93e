import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StudioError } from '../../../core/studio-error';
import { readPublishedFlags, type CommandNote } from '../../../training/config/published-command';
import { isDataAddress } from '../../../training/config/published-flags';
import { resolveConfig, type RunConfig } from '../../../training/config/run-config';
import { CHECKPOINT_FILE } from '../../../training/checkpoint/checkpoint-writer';
import { missingOr } from '../../node/disk-error';
import { checkOutput } from '../../node/output-file';

/** What `scf train` takes besides the published flags. */
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

/** Everything that a training command decides. */
export interface TrainPlan {
  readonly config: RunConfig;
  /** Settings that something names: what isn't among them may follow the backbone. */
  readonly named: ReadonlySet<string>;
  /** Where the head goes. */
  readonly out: string;
  /** Folder of checkpoints, to go on from too; null where none are kept. */
  readonly checkpoints: string | null;
  /** Folder of event files; null where none are asked for. */
  readonly events: string | null;
  /** Folder that gets an SCF checkpoint at the end; null where the published flags name none. */
  readonly outputDir: string | null;
  /** What of the published flags is read otherwise than their code does. */
  readonly remarks: readonly string[];
}

/** Paths, which the command line follows as they are. */
const FOLLOWED: readonly string[] = ['--dataset', '--output_dir', '--saved_bkb', '--saved_fc'];

/**
 * Puts together a run's settings: the preset (`published` where a published flag is given and the
 * file names none), the config file, the published flags, `--set`, and what options name.
 * @param words what the command line holds besides its own options: the published flags
 * @param file what `--config` holds
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
  const config = resolveConfig({ ...settings, shards });
  const { outputDir } = flags;
  const out = options.out ?? (outputDir === null ? null : join(outputDir, 'head.safetensors'));
  if (out === null)
    throw new StudioError(
      'bad-config',
      'Nothing says where the head goes.',
      'Name a file with --out, or a folder with --output_dir.',
    );
  const checkpoints = options.checkpoints ?? outputDir;
  const events = config.tensorboard ? (outputDir ?? checkpoints ?? dirname(out)) : null;
  const named = new Set(Object.keys(settings));
  return {
    config,
    named,
    out,
    checkpoints,
    events,
    outputDir,
    remarks: flags.notes.filter(isRemark).map(({ sentence }) => sentence),
  };
}

/** Asks whether all that a run leaves can be written. @throws StudioError as {@link checkOutput} */
export async function checkTrainOutputs(plan: TrainPlan): Promise<void> {
  const { out, outputDir, checkpoints, config } = plan;
  await checkOutput(out, ['.safetensors']);
  if (outputDir !== null) await checkOutput(join(outputDir, `ckpt_e${config.epochs}.pt`));
  // As `FolderRunStore.replace` names it first: what lies under its last name is read before, or
  // set aside.
  if (checkpoints !== null) await checkOutput(join(checkpoints, `${CHECKPOINT_FILE}.next`));
}

const isRemark = ({ flag, what }: CommandNote): boolean =>
  what === 'read-otherwise' && !FOLLOWED.includes(flag);

/** `--dataset`, where it is an address or lies on this machine. */
async function pathOf(dataset: string | null): Promise<string | undefined> {
  if (dataset === null) return undefined;
  return isDataAddress(dataset) || (await stat(dataset).catch(missingOr(dataset)))
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
