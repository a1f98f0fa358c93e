import type { SessionEvent } from '../../../training/session/run-events';
import type { StudioError } from '../../../core/studio-error';
import { say } from '../../count-bar';
import type { LeftOutReport } from '../../left-out-report';

/** What of a run, or of a lesson, isn't as it should be. */
export type RunTrouble = Extract<
  SessionEvent,
  { readonly type: 'skipped' | 'retrying' | 'notice' | 'error' }
>;

/** Says a trouble on stderr. `--json`, which prints the result on stdout alone, keeps none back. */
export function tellTrouble(event: RunTrouble, leftOut: LeftOutReport): void {
  switch (event.type) {
    case 'skipped':
      for (const item of event.items) leftOut.skip(item);
      return;
    case 'retrying':
      tellRetry(event.shard, event.attempt, event.reason);
      return;
    case 'notice':
      say(event.text);
      return;
    case 'error':
      notify(event.error);
      return;
    default:
      return event satisfies never;
  }
}

/** For `--json`: says what {@link tellTrouble} does, and is silent of everything else. */
export function troublesAlone(leftOut: LeftOutReport): (event: { readonly type: string }) => void {
  return (event) => {
    if (isTrouble(event)) tellTrouble(event, leftOut);
    // The pictures have been read once.
    if (isSource(event)) {
      leftOut.opened(event.info);
      leftOut.sum();
    }
  };
}

/** Says that a shard is asked for again. */
export function tellRetry(shard: string, attempt: number, reason: string): void {
  say(`retrying ${shard} (${attempt}): ${reason}`);
}

/** A sentence and what to do, on stderr. */
export function notify({ message, nextStep }: Pick<StudioError, 'message' | 'nextStep'>): void {
  say(`${message} ${nextStep}`);
}

function isTrouble(event: { readonly type: string }): event is RunTrouble {
  return TROUBLES.includes(event.type);
}

type SourceEvent = Extract<SessionEvent, { readonly type: 'source' }>;

function isSource(event: { readonly type: string }): event is SourceEvent {
  return event.type === 'source';
}

const TROUBLES: readonly string[] = ['skipped', 'retrying', 'notice', 'error'];
