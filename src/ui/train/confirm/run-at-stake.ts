import type { RunConfig } from '../../../training/config/run-config';
import type { RunState, StepMetrics, ValidationResult } from '../../../training/session/run-events';
import { counted, fixed } from '../../components/format';

/** An action that can lose the run on show, if that could not be saved. */
export type RunIntent =
  | { readonly kind: 'start' | 'resume-file' | 'use-backbone' }
  /** Goes on with a kept run from its checkpoint. */
  | { readonly kind: 'resume-saved'; readonly runId: string };

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
  /** The run shown, among the kept runs; null if it has no place there. */
  readonly keptRun: { readonly id: string } | null;
}

/** A run that would be lost: its head can still be used and downloaded. */
export interface RunAtStake {
  readonly step: number;
  /** The epoch that it reached, from 1. */
  readonly epoch: number;
  readonly epochs: number;
  readonly isFinished: boolean;
  /** Spearman's ρ of its last validation; null if unknown. */
  readonly spearman: number | null;
}

/**
 * The run that an action would lose; null if no confirmation is needed. A run that is saved up to
 * its last step stays among the kept runs, whatever is started after it.
 */
export function runAtStake(intent: RunIntent, state: RunsInView): RunAtStake | null {
  const shown = isFullySaved(state) ? null : shownRun(state);
  switch (intent.kind) {
    case 'start':
    case 'resume-file':
    case 'use-backbone':
      return shown;
    case 'resume-saved':
      // The run shown itself goes on from its checkpoint: its steps since are taken again.
      return state.keptRun?.id === intent.runId ? null : shown;
    default:
      return intent satisfies never;
  }
}

/** Describes a run, without a full stop. */
export function runSentence({ isFinished, step, epoch, epochs, spearman }: RunAtStake): string {
  const how = isFinished ? 'finished' : `in epoch ${Math.min(epoch, epochs)} of ${epochs}`;
  const rho = spearman === null ? '' : `, Spearman’s ρ ${fixed(spearman, 3)}`;
  return `The run on show: ${how}, ${counted(step, 'step')}${rho}`;
}

function shownRun({
  isRunLoaded,
  runConfig,
  latest,
  validation,
  runState,
}: RunsInView): RunAtStake | null {
  const step = Math.max(latest?.step ?? 0, validation?.step ?? 0);
  if (!isRunLoaded || !runConfig || step === 0) return null;
  return {
    step,
    epoch: Math.max(latest?.epoch ?? 0, validation?.epoch ?? 0),
    epochs: runConfig.epochs,
    isFinished: runState === 'finished',
    spearman: validation?.spearman ?? null,
  };
}

/** Whether the run shown is saved up to its last step, so that nothing of it can be lost. */
function isFullySaved(state: RunsInView): boolean {
  const shown = shownRun(state);
  return shown !== null && state.savedStep !== null && state.savedStep >= shown.step;
}
