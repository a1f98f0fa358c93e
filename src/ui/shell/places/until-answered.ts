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
export async function untilAnswered(): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline && !isAnswered(studioStore.getState())) {
    await nextChange(deadline - performance.now());
    // An answer may lead to the next question at once.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Resolves when the store changes, or after a while. */
const nextChange = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    const stop = () => {
      unsubscribe();
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(stop, milliseconds);
    const unsubscribe = studioStore.subscribe(stop);
  });
