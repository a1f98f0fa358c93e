import { runsAtStake, type RunIntent } from './runs-at-stake';
import { studioStore } from '../../shell/studio-store';

/**
 * What is done once a person has agreed. A function is no plain data, so the store has what it is
 * about.
 */
let agreed: (() => void) | null = null;

/**
 * Does what was asked for: at once where no run would be lost, else when a person has been told
 * which, and agrees.
 */
export function confirmLoss(intent: RunIntent, carryOut: () => void): void {
  if (runsAtStake(intent, studioStore.getState()).length === 0) return carryOut();
  agreed = carryOut;
  studioStore.setState({ confirmation: intent });
}

/** Ends the question. @param yes whether to do what was asked for */
export function answerConfirmation(yes: boolean): void {
  const carryOut = agreed;
  agreed = null;
  studioStore.setState({ confirmation: null });
  if (yes) carryOut?.();
}
