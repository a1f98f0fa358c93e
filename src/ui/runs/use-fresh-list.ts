import { useEffect } from 'react';
import { studioStore } from '../shell/studio-store';
import { keptRuns } from './commands';

/** Milliseconds between a run's change and the list that shows it: a run may save often. */
const REFRESH_AFTER_MS = 500;

/** Reads the list of runs now, and again whenever a run begins, saves or ends. */
export function useFreshList(): void {
  useEffect(() => {
    void keptRuns.refresh();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const unsubscribe = studioStore.subscribe((state, before) => {
      const isChanged =
        state.runState !== before.runState ||
        state.savedStep !== before.savedStep ||
        (state.backend !== null && before.backend === null);
      if (!isChanged || timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        void keptRuns.refresh();
      }, REFRESH_AFTER_MS);
    });
    return () => {
      unsubscribe();
      clearTimeout(timer);
    };
  }, []);
}
