import type { AvailableHead, HeadChoice, HeadInUse, WorkerEvent } from '../../studio/protocol';
import type { HeadReading } from '../../training/session/run-events';

/** What the page knows of the heads that can read faces. */
export interface HeadsState {
  /** What a person chose, or the studio's own. */
  readonly headChoice: HeadChoice;
  readonly availableHeads: readonly AvailableHead[];
  /** What an evaluation would use, by method. */
  readonly evaluatedHeads: readonly AvailableHead[];
  /** The head that the shown faces have been read with; null if they have no κ. */
  readonly headInUse: HeadInUse | null;
  /** What that head gives for its validation pictures. */
  readonly readings: readonly HeadReading[];
  /** The head that the next camera frames are read with. */
  readonly photoHead: HeadInUse | null;
}

export const initialHeadsState: HeadsState = {
  headChoice: { kind: 'studio', faces: 'auto' },
  availableHeads: [],
  evaluatedHeads: [],
  headInUse: null,
  readings: [],
  photoHead: null,
};

/** The worker's events about heads. */
export type HeadsEvent = Extract<WorkerEvent, { type: 'heads' | 'head' | 'photo-head' }>;

/** What an event changes in the slice. */
export function headsReducer(event: HeadsEvent): Partial<HeadsState> {
  switch (event.type) {
    case 'heads':
      return {
        headChoice: event.choice,
        availableHeads: event.available,
        evaluatedHeads: event.evaluated,
      };
    case 'head':
      return { headInUse: event.head, readings: event.head?.readings ?? [] };
    case 'photo-head':
      return { photoHead: event.head };
    default:
      return event satisfies never;
  }
}
