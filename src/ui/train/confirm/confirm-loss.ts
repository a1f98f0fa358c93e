import { runAtStake, type RunIntent } from './run-at-stake';
import { studioStore } from '../../shell/studio-store';

/**
 * The action that waits for confirmation. It is a function, not plain data, so the store holds only
 * its intent.
 */
let waiting: (() => void) | null = null;

/** Performs an action immediately if it loses no run, otherwise after the person's confirmation. */
export function confirmLoss(intent: RunIntent, perform: () => void): void {
  if (runAtStake(intent, studioStore.getState()) === null) return perform();
  waiting = perform;
  studioStore.setState({ confirmation: intent });
}

/** Answers the confirmation. @param isConfirmed whether to perform the action */
export function answerConfirmation(isConfirmed: boolean): void {
  const perform = waiting;
  waiting = null;
  studioStore.setState({ confirmation: null });
  if (isConfirmed) perform?.();
}
