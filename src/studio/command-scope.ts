import type { ErrorScope } from '../training/session/run-events';
import type { WorkerCommand } from './protocol';

/** Maps a command to the scope of its errors: what ends when the command fails. */
export function scopeOf({ type }: WorkerCommand): ErrorScope {
  switch (type) {
    case 'initialise':
      return 'studio';
    case 'look-at-source':
    case 'survey-source':
    case 'align-source':
    case 'plan-run':
    case 'stop-data':
    case 'set-cache-quota':
    case 'clear-cache':
      return 'data';
    case 'choose-head':
    case 'choose-sample':
    case 'choose-photo':
    case 'degrade-face':
    case 'choose-face':
    case 'remove-face':
    case 'sweep':
    case 'stop-sweep':
    case 'camera-frame':
    case 'camera-enrol':
    case 'camera-forget':
      return 'verification';
    case 'evaluate':
    case 'stop-evaluation':
      return 'evaluation';
    case 'run-benchmarks':
    case 'stop-benchmarks':
      return 'machine';
    case 'start':
    case 'pause':
    case 'continue':
    case 'step':
    case 'stop':
    case 'resume-saved':
    case 'discard-saved':
    case 'resume-file':
      return 'run';
    case 'export':
    case 'use-backbone':
    case 'use-centres':
    case 'compare-centres':
    case 'load-head':
    case 'stop-models':
    case 'start-lesson':
    case 'stop-lesson':
    case 'export-lesson':
    case 'use-lesson':
      return 'models';
    default:
      return type satisfies never;
  }
}
