import { studioStore, type StudioState } from '../studio-store';

/** Milliseconds after which requests that have no answer are no longer waited for. */
const PATIENCE_MS = 5000;

const isAnswered = ({ backend, errors, tasks, place, wantedPair }: StudioState): boolean =>
  errors.length > 0 ||
  (backend !== null && tasks.length === 0 && (place !== 'compare' || wantedPair === null));

/**
 * Resolves once the worker is ready and has answered what was asked of it, once something has gone
 * wrong, or after a while.
 */
export function untilAnswered(): Promise<void> {
  return new Promise((resolve) => {
    if (isAnswered(studioStore.getState())) return resolve();
    const stop = () => {
      unsubscribe();
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(stop, PATIENCE_MS);
    const unsubscribe = studioStore.subscribe((state) => {
      if (isAnswered(state)) stop();
    });
  });
}
