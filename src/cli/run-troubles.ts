import type { SkippedItem } from '../faces/face-source';
import type { StudioError } from '../formats/studio-error';
import type { SessionEvent } from '../training/run-events';
import { say } from './count-bar';

/** What of a run, or of a lesson, isn't as it should be. */
export type RunTrouble = Extract<
  SessionEvent,
  { readonly type: 'skipped' | 'retrying' | 'notice' | 'error' }
>;

/** Says a trouble on stderr. `--json`, which prints the result on stdout alone, keeps none back. */
export function tellTrouble(event: RunTrouble): void {
  switch (event.type) {
    case 'skipped':
      for (const item of event.items) say(skippedText(item));
      return;
    case 'retrying':
      say(`retrying ${event.shard} (${event.attempt}): ${event.reason}`);
      return;
    case 'notice':
      say(event.text);
      return;
    case 'error':
      tell(event.error);
      return;
    default:
      return event satisfies never;
  }
}

/** For `--json`: says what {@link tellTrouble} does, and is silent of everything else. */
export function troublesAlone(event: { readonly type: string }): void {
  if (isTrouble(event)) tellTrouble(event);
}

/** A sentence and what to do, on stderr. */
export function tell({ message, nextStep }: Pick<StudioError, 'message' | 'nextStep'>): void {
  say(`${message} ${nextStep}`);
}

function isTrouble(event: { readonly type: string }): event is RunTrouble {
  return TROUBLES.includes(event.type);
}

const TROUBLES: readonly string[] = ['skipped', 'retrying', 'notice', 'error'];

const skippedText = ({ shard, member, reason }: SkippedItem): string =>
  `skipped ${shard}${member ? ` ${member}` : ''}: ${reason}`;
