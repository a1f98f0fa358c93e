import { StudioError } from '../../../core/studio-error';
import type { ErrorScope } from '../../../training/session/run-events';
import type { ErrorEntry } from '../../shell/messages-slice';
import { showError } from '../../shell/receive-event';

/**
 * Resolves with what was picked. Resolves with null if the picker was closed, which rejects with an
 * AbortError, and reports any other error on the page.
 */
export async function pickOrReport<T>(
  picking: Promise<T>,
  scope: ErrorScope,
  about: ErrorEntry['about'] = null,
): Promise<T | null> {
  try {
    return await picking;
  } catch (thrown) {
    if (!isClosed(thrown))
      showError({
        scope,
        about,
        error: StudioError.record(thrown, 'bad-source', 'Pick it again, or another.'),
      });
    return null;
  }
}

/** Whether a picker was closed without a choice. */
const isClosed = (thrown: unknown): boolean =>
  thrown instanceof DOMException && thrown.name === 'AbortError';
