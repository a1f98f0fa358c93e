import type { ErrorScope } from '../training/run-events';
import type { WorkerCommand } from './protocol';

/** What an error of a command puts an end to. */
export function scopeOf({ type }: WorkerCommand): ErrorScope {
  switch (type) {
    case 'initialise':
      return 'studio';
    case 'look-at-source':
    case 'survey-source':
    case 'plan-run':
    case 'stop-data':
    case 'set-cache-quota':
    case 'clear-cache':
      return 'data';
    case 'choose-sample':
    case 'choose-photo':
    case 'degrade-face':
    case 'score-pairs':
    case 'stop-pairs':
      return 'verification';
    case 'start':
    case 'pause':
    case 'continue':
    case 'step':
    case 'stop':
    case 'resume-saved':
    case 'discard-saved':
    case 'export-head':
      return 'run';
    default:
      return type satisfies never;
  }
}
