import { StudioError } from '../formats/studio-error';
import { OpfsRunStore } from './opfs-run-store';
import type { WorkerCommand, WorkerEvent } from './protocol';
import { Studio } from './studio';

/** The thread that owns tensors: messages to {@link Studio} and back. */
const post = (event: WorkerEvent) => self.postMessage(event);
const studio = new Studio(post, new OpfsRunStore());

self.addEventListener('message', ({ data }: MessageEvent<WorkerCommand>) => void studio.handle(data));
self.addEventListener('unhandledrejection', ({ reason }) => {
  post({ type: 'error', scope: 'studio', error: StudioError.record(reason, 'worker-crashed', 'Reload the page; saved runs are kept.') });
});
