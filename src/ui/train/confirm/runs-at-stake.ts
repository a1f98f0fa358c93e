import type { ResumableRun } from '../../../studio/protocol';
import type { RunConfig } from '../../../training/config/run-config';
import type { RunState, StepMetrics, ValidationResult } from '../../../training/session/run-events';
import { counted, fixed } from '../../components/format';

/** An action that can lose a run: the loaded one, the saved one, or both. */
export type RunIntent = 'start' | 'resume-saved' | 'discard-saved' | 'resume-file' | 'use-backbone';

/** The part of the state that tells which runs there are. */
export interface RunsInView {
  readonly runState: RunState;
  /** Settings of the run shown. */
  readonly runConfig: RunConfig | null;
  /** The worker holds the head of the run shown. */
  readonly isRunLoaded: boolean;
  readonly latest: Pick<StepMetrics, 'step' | 'epoch'> | null;
  readonly validation: Pick<ValidationResult, 'step' | 'epoch' | 'spearman'> | null;
  readonly savedStep: number | null;
  readonly resumable: ResumableRun | null;
}

/** A run that would be lost. */
export interface RunAtStake {
  /**
   * `at-hand`: its head can still be used and downloaded. `saved`: it is in the browser's storage.
   */
  readonly where: 'at-hand' | 'saved';
  readonly step: number;
  /** The epoch that it reached, from 1. */
  readonly epoch: number;
  readonly epochs: number;
  readonly isFinished: boolean;
  /** Spearman's ρ of its last validation; null if unknown. */
  readonly spearman: number | null;
  /** Milliseconds since 1970; null if it isn't saved, or the time is unknown. */
  readonly savedAt: number | null;
}

/**
 * The runs that an action would lose; none if no confirmation is needed. A run that is saved up to
 * its last step stays among the kept runs, whatever is started after it.
 */
export function runsAtStake(intent: RunIntent, state: RunsInView): RunAtStake[] {
  const shown = isFullySaved(state) ? null : shownRun(state);
  switch (intent) {
    case 'start':
    case 'resume-file':
    case 'use-backbone':
      return shown ? [shown] : [];
    case 'resume-saved':
      // A run that is the saved one resumes from there, and loses nothing.
      return shown && !isSameRun(state) ? [shown] : [];
    case 'discard-saved': {
      const saved = savedRun(state);
      return saved ? [saved] : [];
    }
    default:
      return intent satisfies never;
  }
}

/** Describes a run, without a full stop. */
export function runSentence({
  where,
  isFinished,
  step,
  epoch,
  epochs,
  spearman,
}: RunAtStake): string {
  const how = isFinished ? 'finished' : `in epoch ${Math.min(epoch, epochs)} of ${epochs}`;
  const rho = spearman === null ? '' : `, Spearman’s ρ ${fixed(spearman, 3)}`;
  const which = where === 'at-hand' ? 'The run on show' : 'The saved run';
  return `${which}: ${how}, ${counted(step, 'step')}${rho}`;
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
  const { step, epoch, config, isFinished, savedAt } = resumable;
  return {
    where: 'saved',
    step,
    epoch: epoch + 1,
    epochs: config.epochs,
    isFinished,
    spearman: null,
    savedAt,
  };
}

/** Whether the saved run is the one shown. */
const isSameRun = ({ resumable, savedStep }: RunsInView): boolean =>
  resumable !== null && resumable.step === savedStep;

/** Whether the run shown is saved up to its last step, so that nothing of it can be lost. */
function isFullySaved(state: RunsInView): boolean {
  const shown = shownRun(state);
  return shown !== null && state.savedStep !== null && state.savedStep >= shown.step;
}
