import { StudioError } from '../../core/studio-error';
import type { CheckpointHeader } from './checkpoint';
import { isExecution } from '../config/execution-settings';
import type { RunConfig } from '../config/run-config';

/** A setting that a saved run has otherwise than was asked for. */
export interface SettingDifference {
  readonly name: keyof RunConfig;
  readonly saved: RunConfig[keyof RunConfig];
  readonly asked: RunConfig[keyof RunConfig];
}

/** How the settings asked for stand to a saved run. */
export interface RunComparison {
  /** Those that make another run. */
  readonly otherRun: readonly SettingDifference[];
  /** The same run, with more or fewer epochs, none of them begun; null where they are as many. */
  readonly epochs: SettingDifference | null;
  /** Those that say only how it is carried out. */
  readonly execution: readonly SettingDifference[];
}

type SavedHeader = Pick<CheckpointHeader, 'config' | 'cursor' | 'dataFingerprint'>;

/** Compares the settings of a saved run with those asked for. */
export function compareRuns(saved: SavedHeader, asked: RunConfig): RunComparison {
  const { config, cursor, dataFingerprint } = saved;
  const differences = (Object.keys(asked) as (keyof RunConfig)[])
    .filter((name) => config[name] !== asked[name])
    .map((name) => ({ name, saved: config[name], asked: asked[name] }));
  const begun = cursor.epoch + (cursor.batch > 0 ? 1 : 0);
  const isExtent = ({ name }: SettingDifference) => name === 'epochs' && asked.epochs >= begun;
  // Where pictures lie may change. Which they are is compared before a step, if the file can say.
  const isFree = ({ name }: SettingDifference) =>
    isExecution(name) || (name === 'shards' && dataFingerprint !== null);
  return {
    otherRun: differences.filter((each) => !isExtent(each) && !isFree(each)),
    epochs: differences.find(isExtent) ?? null,
    execution: differences.filter(isFree),
  };
}

/**
 * Refuses to take a saved run for one of other settings.
 * @throws StudioError `bad-checkpoint` naming the settings, as saved and as asked for
 */
export function requireSameRun(saved: SavedHeader, asked: RunConfig): void {
  const { otherRun } = compareRuns(saved, asked);
  const nextStep = 'Give it the settings that it was saved with, or start a new run.';
  if (otherRun.length > 0) throw anotherRun('The saved run', otherRun, nextStep);
}

/** @param which the saved run, as the subject of a sentence */
export function anotherRun(
  which: string,
  differences: readonly SettingDifference[],
  nextStep: string,
): StudioError {
  const [saved, asked] = (['saved', 'asked'] as const).map((side) => listed(differences, side));
  const found = `${which} was begun with ${saved}; ${asked} was asked for.`;
  return new StudioError('bad-checkpoint', found, nextStep);
}

/**
 * Refuses to go on with a run on other pictures.
 * @param where the pictures asked for lie
 * @throws StudioError `bad-checkpoint`
 */
export function requireSameData(saved: SavedHeader, fingerprint: string, where: string): void {
  const { config, dataFingerprint } = saved;
  if (dataFingerprint === null || dataFingerprint === fingerprint) return;
  const from = config.shards === where ? `what ${where} held then` : config.shards;
  throw new StudioError(
    'bad-checkpoint',
    `The saved run was trained on the pictures of ${from}; those of ${where} are others.`,
    'Give it those pictures, large files with their times kept; or start a new run.',
  );
}

const listed = (differences: readonly SettingDifference[], side: 'saved' | 'asked'): string =>
  differences.map((each) => `${each.name} ${JSON.stringify(each[side])}`).join(', ');
