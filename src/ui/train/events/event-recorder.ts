import type { WorkerEvent } from '../../../studio/protocol';
import type { EventFile, EventFolder } from './event-files';
import { StudioError, type StudioErrorRecord } from '../../../core/studio-error';
import type { RunConfig } from '../../../training/config/run-config';
import { pickOrReport } from '../../components/files/pick-or-report';
import { download } from '../../components/download';
import { receive } from '../../shell/receive-event';
import { studioStore } from '../../shell/studio-store';

/**
 * The TensorBoard file of the run shown, and the folder that it is written to. Neither is plain
 * data, so the store holds only their names. The code that writes such files is loaded with the
 * first run that asks for one.
 */
let file: Promise<EventFile | null> | null = null;
let folder: EventFolder | null = null;

/** Loads the code that writes event files; a second call is free. */
export const loadEventFiles = () => import('./event-files');

/** Appends the worker's events to the run's TensorBoard file, if its settings ask for one. */
export function recordEvent(event: WorkerEvent): void {
  // A run reports `preparing` twice: before its source is opened, and after.
  if (
    event.type === 'run-state' &&
    event.state === 'preparing' &&
    event.config &&
    studioStore.getState().runState !== 'preparing'
  ) {
    studioStore.setState({ eventFile: null });
    file = event.config.tensorboard ? beginFile(event.config) : null;
  }
  if (event.type === 'run-state' || event.type === 'steps' || event.type === 'validation')
    void file?.then((begun) => begun?.append(event));
}

/** @returns null, after a report, if its code can't be loaded: the run goes on without the file */
async function beginFile(config: RunConfig): Promise<EventFile | null> {
  const startedAt = Date.now() / 1000;
  const report = (error: StudioErrorRecord) => receive({ type: 'error', scope: 'run', error });
  try {
    const { EventFile } = await loadEventFiles();
    const begun = new EventFile(config, startedAt, folder, report);
    studioStore.setState({ eventFile: begun.name });
    return begun;
  } catch (thrown) {
    report(StudioError.record(thrown, 'network', 'Reload the page, and start the run again.'));
    return null;
  }
}

/** Downloads the events so far. */
export async function downloadEvents(): Promise<void> {
  const begun = await file;
  if (begun) download(begun.name, begun.content);
}

/** Lets a person pick the folder that event files are written to from now on. */
export async function pickEventFolder(): Promise<void> {
  const picked = await pickOrReport(window.showDirectoryPicker({ mode: 'readwrite' }), 'run');
  if (!picked) return;
  folder = picked;
  studioStore.setState({ eventFolder: picked.name });
  await (await file)?.useFolder(picked);
}
