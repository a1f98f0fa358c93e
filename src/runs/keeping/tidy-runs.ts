import { messageOf } from '../../core/studio-error';
import { nullIfDamaged } from '../../formats/tensors/array-checksum';
import { readSavedRun } from '../../training/checkpoint/saved-run';
import { hasEnded } from '../../training/config/schedule';
import type { KeptRun } from '../kept-run';
import type { RunLibrary } from '../run-library';
import type { RunManifest } from '../run-manifest';

/**
 * Puts in order what earlier programs left: purges what was removed, notes which runs were
 * interrupted and what they had saved, and drops those that never took a step. Called once, when a
 * program starts. A run that can't be put in order is told, and stays as it is.
 * @throws StudioError from the store, if it can't be listed
 */
export async function tidyRuns(
  library: RunLibrary,
  tell: (sentence: string) => void,
): Promise<void> {
  await library.purge();
  const { runs, problems } = await library.list();
  for (const sentence of problems) tell(sentence);
  for (const { id, name, state } of runs) {
    if (state !== 'interrupted') continue;
    try {
      if (await library.isTrained(id)) continue;
      if (await library.dropIfEmpty(id)) continue;
      await noteInterruption(library, await library.open(id));
    } catch (thrown) {
      tell(`The run ${name} can't be put in order: ${messageOf(thrown)}`);
    }
  }
}

/**
 * Notes that a run was interrupted. Its program may have died between saving a checkpoint and
 * noting it in the manifest, without which nobody would go on from it.
 */
async function noteInterruption(library: RunLibrary, run: KeptRun): Promise<void> {
  const { manifest } = run;
  if (manifest.state !== 'running' && manifest.checkpointStep !== null) return;
  const saved = await whatIsSaved(run);
  const changes = { ...saved, state: 'interrupted' as const };
  const names = Object.keys(changes) as (keyof typeof changes)[];
  if (names.every((name) => manifest[name] === changes[name])) return;
  await library.update(run.id, (latest) => ({ ...latest, ...changes }));
}

/** What a run's checkpoint says; nothing if it is damaged, which is told when it is resumed. */
async function whatIsSaved({ folder, manifest }: KeptRun): Promise<Partial<RunManifest>> {
  const source = await readSavedRun(folder).catch(nullIfDamaged);
  if (!source) return {};
  const { config, cursor, schedule } = source.header;
  // Steps are noted each second, so that it is usually the manifest that is further.
  const isFurther = cursor.step > manifest.step;
  return {
    checkpointStep: cursor.step,
    ...(isFurther && { step: cursor.step, epoch: cursor.epoch }),
    hasEnded: hasEnded(config, cursor.epoch, schedule),
  };
}
