import { count, rateWords } from '../../../core/number-words';
import { Throttle } from '../../../core/throttle';
import type {
  HeadCollapse,
  SessionEvent,
  ValidationResult,
} from '../../../training/session/run-events';
import { logLine } from '../../count-bar';
import { LeftOutReport } from '../../left-out-report';
import { inRed } from '../../in-red';
import { ProgressDisplay } from '../../progress-display';
import { warningsOnly } from './run-warnings';

/** Milliseconds between two lines about the steps of a run. */
const STEPS_INTERVAL = 10_000;

/** That a head failed to learn and what to do, in red on a terminal. */
export function collapseText({ message, nextStep }: HeadCollapse): string {
  return inRed(`${message} ${nextStep}`);
}

/** Spearman's ρ over all pictures of a validation and over the clean ones, in words. */
export function correlations({
  spearman,
  spearmanClean,
}: Pick<ValidationResult, 'spearman' | 'spearmanClean'>): string {
  const words = (rho: number | null) => rho?.toFixed(4) ?? 'undefined';
  return `Spearman ${words(spearman)} (clean pictures alone: ${words(spearmanClean)})`;
}

/** Reports the events of a training run on stderr: progress, figures and warnings. */
export function trainingReporter(leftOut = new LeftOutReport(null)): (event: SessionEvent) => void {
  const display = new ProgressDisplay();
  const reportWarnings = warningsOnly(leftOut);
  const stepLines = new Throttle(STEPS_INTERVAL);
  stepLines.restart();
  let reportedCollapse: HeadCollapse['kind'] | null = null;
  let epochs = 0;
  return (event) => {
    switch (event.type) {
      case 'progress':
        if (event.progress) display.show(event.progress);
        else display.clear();
        return;
      case 'run-state':
        epochs = event.config?.epochs ?? epochs;
        if (event.state === 'running') stepLines.restart();
        return;
      case 'steps': {
        if (!stepLines.isDue) return;
        stepLines.restart();
        const { step, epoch, loss, imagesPerSecond } = event.metrics.at(-1)!;
        logLine(
          `step ${count(step)}, epoch ${epoch} of ${epochs}: loss ${loss.toFixed(3)}, ` +
            `pictures: ${rateWords(imagesPerSecond)}`,
        );
        return;
      }
      case 'validation': {
        stepLines.restart();
        const { epoch, loss } = event.result;
        logLine(
          `epoch ${epoch}: validation loss ${loss.toFixed(3)}, ${correlations(event.result)}`,
        );
        return;
      }
      case 'head-collapse': {
        // Reported once, and again if the kind of collapse changes.
        const { collapse } = event;
        if (collapse && collapse.kind !== reportedCollapse) logLine(collapseText(collapse));
        reportedCollapse = collapse?.kind ?? null;
        return;
      }
      default:
        reportWarnings(event);
    }
  };
}
