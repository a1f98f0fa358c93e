import type { Progress } from '../core/progress-meter';
import type { StudioError } from '../core/studio-error';
import type { WorkerEvent } from './protocol';

/** A request that is being carried out. What is told through it names the request. */
export interface Task {
  /** Tells how far it is; null while there is nothing to count. */
  readonly report: (progress: Progress | null) => void;
  /** Tells of something that went wrong and doesn't end it. */
  readonly warn: (error: StudioError) => void;
  /** @param runId the kept run that the event is of; null if it is of none */
  readonly post: (event: WorkerEvent, runId?: string | null) => void;
}
