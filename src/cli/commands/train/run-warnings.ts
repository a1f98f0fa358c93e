import type { SessionEvent } from '../../../training/session/run-events';
import type { StudioError } from '../../../core/studio-error';
import { logLine } from '../../count-bar';
import type { LeftOutReport } from '../../left-out-report';

/** Events of a run or a lesson that report a problem. */
export type RunWarning = Extract<
  SessionEvent,
  { readonly type: 'skipped' | 'retrying' | 'notice' | 'error' }
>;

/** Reports a problem on stderr, with `--json` too: that changes only what goes to stdout. */
export function reportWarning(event: RunWarning, leftOut: LeftOutReport): void {
  switch (event.type) {
    case 'skipped':
      for (const item of event.items) leftOut.skip(item);
      return;
    case 'retrying':
      reportRetry(event.shard, event.attempt, event.reason);
      return;
    case 'notice':
      logLine(event.text);
      return;
    case 'error':
      notify(event.error);
      return;
    default:
      return event satisfies never;
  }
}

/** The reporter for `--json`: reports problems and skipped records, and no progress. */
export function warningsOnly(leftOut: LeftOutReport): (event: { readonly type: string }) => void {
  return (event) => {
    if (isWarning(event)) reportWarning(event, leftOut);
    // This event comes when all pictures have been read once.
    if (isSource(event)) {
      leftOut.opened(event.info);
      leftOut.sum();
    }
  };
}

/** Reports that a shard is being requested again. */
export function reportRetry(shard: string, attempt: number, reason: string): void {
  logLine(`retrying ${shard} (${attempt}): ${reason}`);
}

/** Prints an error's message and next step on stderr. */
export function notify({ message, nextStep }: Pick<StudioError, 'message' | 'nextStep'>): void {
  logLine(`${message} ${nextStep}`);
}

function isWarning(event: { readonly type: string }): event is RunWarning {
  return WARNINGS.includes(event.type);
}

type SourceEvent = Extract<SessionEvent, { readonly type: 'source' }>;

function isSource(event: { readonly type: string }): event is SourceEvent {
  return event.type === 'source';
}

const WARNINGS: readonly string[] = ['skipped', 'retrying', 'notice', 'error'];
