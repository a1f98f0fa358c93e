import type { ResumableRun } from '../../../studio/protocol';
import type { RunConfig } from '../../../training/config/run-config';
import type { RunState, StepMetrics, ValidationResult } from '../../../training/session/run-events';

/**
 * What a person may ask for that could cost a run: the one at hand, the one that lies saved, or
 * both.
 */
export type RunIntent =
  'start' | 'resume-saved' | 'discard-saved' | 'resume-file' | 'use-backbone' | 'load-head';

/** What the page knows of runs. */
export interface RunsInView {
  readonly runState: RunState;
  /** Settings of the run on show. */
  readonly runConfig: RunConfig | null;
  /** The worker holds the head of the run on show. */
  readonly isRunLoaded: boolean;
  readonly latest: Pick<StepMetrics, 'step' | 'epoch'> | null;
  readonly validation: Pick<ValidationResult, 'step' | 'epoch' | 'spearman'> | null;
  readonly savedStep: number | null;
  readonly resumable: ResumableRun | null;
}

/** A run that would be lost. */
export interface RunAtStake {
  /**
   * `at-hand`: its head can still be used and downloaded. `saved`: it lies in the browser's
   * storage.
   */
  readonly where: 'at-hand' | 'saved';
  readonly step: number;
  /** The epoch that it came to, from 1. */
  readonly epoch: number;
  readonly epochs: number;
  readonly isFinished: boolean;
  /** Spearman's ρ of its last validation; null where it isn't known. */
  readonly spearman: number | null;
  /** Milliseconds since the epoch; null where it isn't saved, or that isn't known. */
  readonly savedAt: number | null;
}

/** Whether a saved run has come to its end. */
export const isFinishedRun = ({ epoch, config }: ResumableRun): boolean => epoch >= config.epochs;

/**
 * The runs that would be lost if a person had their way, the one on show first; none where there is
 * nothing to ask about.
 */
export function runsAtStake(intent: RunIntent, state: RunsInView): RunAtStake[] {
  const [shown, saved] = [shownRun(state), savedRun(state)];
  switch (intent) {
    case 'start':
    case 'resume-file':
      // Its first checkpoint takes the saved run's place, and its head that of the one at hand.
      return [shown, isSameRun(state) && shown ? null : saved].filter((run) => run !== null);
    case 'discard-saved':
      return saved ? [saved] : [];
    case 'resume-saved':
      // What is saved of this very run is what it goes on from.
      return shown && !isSameRun(state) && !isFullySaved(state) ? [shown] : [];
    case 'use-backbone':
    case 'load-head':
      return shown && !isFullySaved(state) ? [shown] : [];
    default:
      return intent satisfies never;
  }
}

/** A run in words, to follow on a colon. */
export function runInWords({
  where,
  isFinished,
  step,
  epoch,
  epochs,
  spearman,
}: RunAtStake): string {
  const how = isFinished ? 'finished' : `in epoch ${Math.min(epoch, epochs)} of ${epochs}`;
  const rho = spearman === null ? '' : `, Spearman’s ρ ${spearman.toFixed(3)}`;
  return (
    `${where === 'at-hand' ? 'The run on show' : 'The saved run'}: ${how}, ` +
    `${step.toLocaleString('en')} ${step === 1 ? 'step' : 'steps'}${rho}`
  );
}

function shownRun({
  isRunLoaded,
  runConfig,
  latest,
  validation,
  savedStep,
  resumable,
  runState,
}: RunsInView): RunAtStake | null {
  const step = Math.max(latest?.step ?? 0, validation?.step ?? 0);
  if (!isRunLoaded || !runConfig || step === 0) return null;
  return {
    where: 'at-hand',
    step,
    epoch: Math.max(latest?.epoch ?? 0, validation?.epoch ?? 0),
    epochs: runConfig.epochs,
    isFinished: runState === 'finished',
    spearman: validation?.spearman ?? null,
    savedAt: resumable && resumable.step === savedStep ? resumable.savedAt : null,
  };
}

function savedRun({ resumable }: RunsInView): RunAtStake | null {
  if (!resumable) return null;
  const { step, epoch, config, savedAt } = resumable;
  return {
    where: 'saved',
    step,
    epoch: epoch + 1,
    epochs: config.epochs,
    isFinished: isFinishedRun(resumable),
    spearman: null,
    savedAt,
  };
}

/** Whether what lies saved is of the run on show. */
const isSameRun = ({ resumable, savedStep }: RunsInView): boolean =>
  resumable !== null && resumable.step === savedStep;

/** Whether all that the run on show has learnt lies saved: it can be had again. */
function isFullySaved(state: RunsInView): boolean {
  const shown = shownRun(state);
  return shown !== null && state.savedStep !== null && state.savedStep >= shown.step;
}
