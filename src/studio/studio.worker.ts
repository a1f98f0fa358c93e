import { OpfsFileStore } from './storage/opfs-file-store';
import { StudioError } from '../core/studio-error';
import { ShardCacheSettings } from './storage/shard-cache-settings';
import { isSiteDataBlocked } from './storage/site-data';
import { noopTabLock, BrowserTabLock } from './storage/tab-lock';
import type { WorkerEvent } from './protocol';
import { checkRequestMessage } from './protocol/check-message';
import type { RequestMessage, WorkerMessage } from './protocol/messages';
import { Studio } from './studio';

/** The worker that owns the tensors: passes messages to {@link Studio} and back. */
const postMessage = (message: WorkerMessage) => self.postMessage(message);
const post = (event: WorkerEvent) =>
  postMessage({ kind: 'event', requestId: null, runId: null, event });
const postDataError = (thrown: unknown) =>
  post({
    type: 'error',
    scope: 'data',
    error: StudioError.record(thrown, 'storage-denied', 'Allow site data to have shards kept.'),
  });
const runWords = { kept: 'runs', whenFull: 'what was saved before stays' };
const shards = ShardCacheSettings.open(
  new OpfsFileStore('settings', { kept: 'settings' }),
  () => void studio.postCache().catch(postDataError),
  postDataError,
);
const studio = new Studio((message) => self.postMessage(message), {
  library: new OpfsFileStore('library', runWords),
  run: new OpfsFileStore('run', runWords),
  lesson: new OpfsFileStore('lesson', runWords),
  evaluation: new OpfsFileStore('evaluation', { kept: 'evaluations' }),
  features: new OpfsFileStore('features', { kept: 'features' }),
  indexes: new OpfsFileStore('indexes', { kept: 'indexes' }),
  tabLock: 'locks' in navigator ? new BrowserTabLock('scf-studio-run') : noopTabLock,
  shards,
});

// Held for the worker's lifetime: a page that waits for this lock gets it when the worker dies.
void navigator.locks
  ?.request(self.name, () => {
    post({ type: 'alive' });
    return new Promise<never>(() => undefined);
  })
  .catch((thrown: unknown) => {
    // Without site data the page hears only of what the worker throws.
    if (!isSiteDataBlocked(thrown)) throw thrown;
  });
self.addEventListener('message', ({ data }: MessageEvent<RequestMessage>) => {
  if (import.meta.env.DEV) checkRequestMessage(data);
  void studio.handle(data);
});
self.addEventListener('unhandledrejection', ({ reason }) => {
  post({
    type: 'error',
    scope: 'studio',
    error: StudioError.record(reason, 'worker-crashed', 'Reload the page; saved runs are kept.'),
  });
});
