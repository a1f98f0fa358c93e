import { directoryOpen } from 'browser-fs-access';
import { pickedFiles, type PickedFile } from '../../../faces/sources/folder/local-file';
import type { RunConfig } from '../../../training/config/run-config';
import { pickOrReport } from '../../components/files/pick-or-report';
import { send } from '../../shell/client/studio-client';
import { beginRun, studioStore } from '../../shell/studio-store';
import { showPlace } from '../../shell/address/show-place';
import { confirmLoss } from '../../train/confirm/confirm-loss';
import { needsFiles } from '../run-words';

/** A kept run with a checkpoint. */
export interface RunToGoOn {
  readonly runId: string;
  readonly config: RunConfig;
  /** Of its checkpoint. */
  readonly step: number | null;
}

/**
 * Goes on with a kept run from its checkpoint, with its own settings: the form keeps the next
 * run's. If it was trained on picked files, they are those that the form has under the same name,
 * or else they are picked again.
 */
export async function goOn(run: RunToGoOn): Promise<void> {
  const files = needsFiles(run) ? (filesAtHand(run) ?? (await pickAgain())) : [];
  if (files === null) return;
  const { runId } = run;
  confirmLoss({ kind: 'resume-saved', runId }, () => {
    const { allowedOrigins } = studioStore.getState();
    beginRun(run.step);
    send({ type: 'resume-run', runId, files, allowedOrigins });
    showPlace('train');
  });
}

/** The files of the form, if they are picked under the name that the run has. */
function filesAtHand({ config: { shards } }: RunToGoOn): readonly PickedFile[] | null {
  const { config, files } = studioStore.getState();
  return config.shards === shards && files.length > 0 ? files : null;
}

/** null if nothing was picked. */
async function pickAgain(): Promise<readonly PickedFile[] | null> {
  const files = await pickOrReport(directoryOpen({ recursive: true }), 'run');
  return files && files.length > 0 ? pickedFiles(files as File[]) : null;
}
