import type { PairSetFigures, WorkerEvent } from '../studio/protocol';
import type { Progress } from '../training/run-events';

/** What the page knows of verification sets. */
export interface PairState {
  /** The last set that has figures. */
  readonly pairSet: PairSetFigures | null;
  /** A run was asked for after it was scored: the head at hand is another. */
  readonly pairSetIsOld: boolean;
  /** The name of the file that is being scored. */
  readonly pairsAsked: string | null;
  readonly pairsProgress: Progress | null;
  /** The name of the file that was asked for last, where it came to no figures; an `error` event says why. */
  readonly pairsFailed: string | null;
}

/** Nothing asked, nothing scored. */
export const noPairs: PairState = { pairSet: null, pairSetIsOld: false, pairsAsked: null, pairsProgress: null, pairsFailed: null };

/** What changes when a set is asked for: figures of another are not its own. */
export const askedFor = (name: string): PairState => ({ ...noPairs, pairsAsked: name });

/** What the worker says about verification sets. */
export type PairEvent = Extract<WorkerEvent, { type: 'pairs-progress' | 'pair-figures' }>;

/** What an event changes of the slice. */
export function afterPairEvent(event: PairEvent, { pairsAsked }: PairState): Partial<PairState> {
  switch (event.type) {
    case 'pairs-progress':
      // Its end comes after its figures; without them it has failed.
      return event.progress ? { pairsProgress: event.progress } : { pairsProgress: null, pairsAsked: null, ...(pairsAsked !== null && { pairsFailed: pairsAsked }) };
    case 'pair-figures':
      return { ...noPairs, pairSet: event.set };
    default:
      return event satisfies never;
  }
}
