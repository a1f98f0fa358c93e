import type { WorkerEvent } from '../../../studio/protocol';
import { EventFile, type EventFolder } from './event-files';
import { pickOrReport } from '../../components/pick-or-report';
import { download } from '../../components/download';
import { receive } from '../../shell/receive-event';
import { studioStore } from '../../shell/studio-store';

/**
 * The TensorBoard file of the run on show, and the folder that it grows in. Neither is plain data,
 * so the store has their names.
 */
let file: EventFile | null = null;
let folder: EventFolder | null = null;

/** Writes what the worker says of a run into its event file, where the run asks for one. */
export function recordEvent(event: WorkerEvent): void {
  // A run says twice that it is being prepared: before its source is opened, and after.
  if (
    event.type === 'run-state' &&
    event.state === 'preparing' &&
    event.config &&
    studioStore.getState().runState !== 'preparing'
  ) {
    file = event.config.tensorboard
      ? new EventFile(event.config, Date.now() / 1000, folder, (error) =>
          receive({ type: 'error', scope: 'run', error }),
        )
      : null;
    studioStore.setState({ eventFile: file?.name ?? null });
  }
  if (event.type === 'run-state' || event.type === 'steps' || event.type === 'validation')
    file?.append(event);
}

/** Hands the events so far to the browser as a download. */
export function downloadEvents(): void {
  if (file) download(file.name, file.content);
}

/** Lets a person pick a folder that event files grow in from now on. */
export async function pickEventFolder(): Promise<void> {
  const picked = await pickOrReport(window.showDirectoryPicker({ mode: 'readwrite' }), 'run');
  if (!picked) return;
  folder = picked;
  studioStore.setState({ eventFolder: picked.name });
  await file?.useFolder(picked);
}
