import type { WorkerEvent } from '../../../studio/protocol';
import { EventFile, type EventFolder } from './event-files';
import { pickOrReport } from '../../components/pick-or-report';
import { download } from '../../components/download';
import { receive } from '../../shell/receive-event';
import { studioStore } from '../../shell/studio-store';

/**
 * The TensorBoard file of the run shown, and the folder that it is written to. Neither is plain
 * data, so the store holds only their names.
 */
let file: EventFile | null = null;
let folder: EventFolder | null = null;

/** Appends the worker's events to the run's TensorBoard file, if its settings ask for one. */
export function recordEvent(event: WorkerEvent): void {
  // A run reports `preparing` twice: before its source is opened, and after.
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

/** Downloads the events so far. */
export function downloadEvents(): void {
  if (file) download(file.name, file.content);
}

/** Lets a person pick the folder that event files are written to from now on. */
export async function pickEventFolder(): Promise<void> {
  const picked = await pickOrReport(window.showDirectoryPicker({ mode: 'readwrite' }), 'run');
  if (!picked) return;
  folder = picked;
  studioStore.setState({ eventFolder: picked.name });
  await file?.useFolder(picked);
}
