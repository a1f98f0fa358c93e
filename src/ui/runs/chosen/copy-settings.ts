import type { RunSummary } from '../../../runs/run-manifest';
import { studioStore } from '../../shell/studio-store';
import { chooseShards } from '../../train/choose-shards';
import { needsFiles, pickedName } from '../run-words';

/**
 * Puts the settings of a run into the form: they are the next run's. Files that were picked before
 * under the same name stay picked.
 * @returns what was done, as a sentence
 */
export function copySettings(run: RunSummary): string {
  const { config, files } = studioStore.getState();
  const isSameSource = config.shards === run.config.shards;
  if (!isSameSource) chooseShards({ shards: run.config.shards });
  studioStore.setState({ config: run.config });
  const picked =
    needsFiles(run) && (!isSameSource || files.length === 0)
      ? ` Pick “${pickedName(run)}” again first: a page can’t keep a person’s files.`
      : '';
  return `The form now has the settings of ${run.name}, for the next run.${picked}`;
}
