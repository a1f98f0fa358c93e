import { isRunActive } from '../data/sources/use-source';
import { studioStore } from '../shell/studio-store';
import { runAtStake } from './confirm/run-at-stake';

/**
 * Lets the browser ask before the page is left if a finished run is not saved. An active run is
 * saved as it goes.
 */
export function beforeLeaving(event: BeforeUnloadEvent): void {
  const state = studioStore.getState();
  if (!isRunActive(state) && runAtStake({ kind: 'use-backbone' }, state) !== null)
    event.preventDefault();
}
