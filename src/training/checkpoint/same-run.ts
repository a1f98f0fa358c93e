import { StudioError } from '../../core/studio-error';
import type { CheckpointHeader } from './checkpoint';
import { isExecution } from '../config/execution-settings';
import type { RunConfig } from '../config/run-config';
import { settingNames } from '../config/run-settings';

/** A setting whose saved value differs from the requested one. */
export interface SettingDifference {
  readonly name: keyof RunConfig;
  readonly saved: RunConfig[keyof RunConfig];
  readonly asked: RunConfig[keyof RunConfig];
}

/** The differences between a saved run's settings and the requested ones. */
export interface RunComparison {
  /** Settings that can't change: with these it would be another run. */
  readonly otherRun: readonly SettingDifference[];
  /** Another number of epochs, if it doesn't cut off an epoch that has begun; otherwise null. */
  readonly epochs: SettingDifference | null;
  /** Settings that may change, see `executionSettings`. */
  readonly execution: readonly SettingDifference[];
}

type SavedHeader = Pick<CheckpointHeader, 'config' | 'cursor' | 'dataFingerprint'>;

/** Compares the settings of a saved run with the requested ones. */
export function compareRuns(saved: SavedHeader, asked: RunConfig): RunComparison {
  const { config, cursor, dataFingerprint } = saved;
  const differences = settingNames
    .filter((name) => config[name] !== asked[name])
    .map((name) => ({ name, saved: config[name], asked: asked[name] }));
  const begun = cursor.epoch + (cursor.batch > 0 ? 1 : 0);
  const isEpochs = ({ name }: SettingDifference) => name === 'epochs' && asked.epochs >= begun;
  // Pictures may have moved. Their fingerprints are compared before the first step, if saved.
  const isFree = ({ name }: SettingDifference) =>
    isExecution(name) || (name === 'shards' && dataFingerprint !== null);
  return {
    otherRun: differences.filter((each) => !isEpochs(each) && !isFree(each)),
    epochs: differences.find(isEpochs) ?? null,
    execution: differences.filter(isFree),
  };
}

/**
 * Checks that a saved run can be resumed with the requested settings.
 * @throws StudioError `bad-checkpoint` with the saved and requested values that differ
 */
export function requireSameRun(saved: SavedHeader, asked: RunConfig): void {
  const { otherRun } = compareRuns(saved, asked);
  const nextStep = 'Give it the settings that it was saved with, or start a new run.';
  if (otherRun.length > 0) throw otherSettingsError('The saved run', otherRun, nextStep);
}

/**
 * The error for a saved run with other settings.
 * @param which the saved run, as the subject of a sentence
 */
export function otherSettingsError(
  which: string,
  differences: readonly SettingDifference[],
  nextStep: string,
): StudioError {
  const [saved, asked] = (['saved', 'asked'] as const).map((side) => listed(differences, side));
  const found = `${which} was begun with ${saved}; ${asked} was asked for.`;
  return new StudioError('bad-checkpoint', found, nextStep);
}

/**
 * Checks that a saved run is resumed on the same pictures.
 * @param where the path or address of the requested pictures
 * @throws StudioError `bad-checkpoint` if the fingerprints differ
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
