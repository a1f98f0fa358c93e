import { useEffect } from 'react';
import { studioStore } from '../shell/studio-store';
import { keptRuns } from './commands';

/** Milliseconds between a change and the list that shows it: several may come at once. */
const REFRESH_AFTER_MS = 300;
/** Milliseconds between two readings of the list, at least: a run that is trained changes often. */
const REFRESH_EVERY_MS = 2000;

/** Reads the list of runs now, and again whenever a run has changed. */
export function useFreshList(): void {
  useEffect(() => {
    let readAt = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    void keptRuns.refresh();
    const unsubscribe = studioStore.subscribe((state, before) => {
      const isChanged =
        state.runs.changes !== before.runs.changes || (state.backend && !before.backend);
      if (!isChanged || timer !== undefined) return;
      const wait = Math.max(REFRESH_AFTER_MS, readAt + REFRESH_EVERY_MS - performance.now());
      timer = setTimeout(() => {
        timer = undefined;
        readAt = performance.now();
        void keptRuns.refresh();
      }, wait);
    });
    return () => {
      unsubscribe();
      clearTimeout(timer);
    };
  }, []);
}
