import type { FaceReading, FaceSlot, PairReading, WorkerEvent } from '../../studio/protocol';
import type { Progress } from '../../core/progress-meter';

/** What the page knows of the two sides of a comparison. */
export interface FacesState {
  /** A side's pictures. */
  readonly faces: Readonly<Record<FaceSlot, readonly FaceReading[]>>;
  /** The picture of a side that sliders act on: the last that was chosen, until another is. */
  readonly selected: Readonly<Record<FaceSlot, string | null>>;
  readonly busy: Readonly<Record<FaceSlot, boolean>>;
  readonly pair: PairReading | null;
  readonly sweep: Extract<WorkerEvent, { type: 'sweep' }> | null;
  readonly sweepProgress: Progress | null;
}

/** Nothing chosen. */
export const noFaces: FacesState = {
  faces: { a: [], b: [] },
  selected: { a: null, b: null },
  busy: { a: false, b: false },
  pair: null,
  sweep: null,
  sweepProgress: null,
};

/** What the worker says about the two sides. */
export type FacesEvent = Extract<
  WorkerEvent,
  { type: 'side' | 'face-busy' | 'pair' | 'sweep' | 'sweep-progress' }
>;

/** What an event changes of the slice. */
export function afterFacesEvent(
  event: FacesEvent,
  { faces, selected, busy }: FacesState,
): Partial<FacesState> {
  switch (event.type) {
    case 'side': {
      const { slot } = event;
      const before = new Set(faces[slot].map(({ id }) => id));
      const added = event.faces.find(({ id }) => !before.has(id));
      const isStill = event.faces.some(({ id }) => id === selected[slot]);
      const now = added?.id ?? (isStill ? selected[slot] : (event.faces[0]?.id ?? null));
      // A sweep is of the faces that it was made with.
      return {
        faces: { ...faces, [slot]: event.faces },
        selected: { ...selected, [slot]: now },
        sweep: null,
      };
    }
    case 'face-busy':
      return { busy: { ...busy, [event.slot]: event.busy } };
    case 'pair':
      return { pair: event.pair };
    case 'sweep':
      return { sweep: event };
    case 'sweep-progress':
      return { sweepProgress: event.progress };
    default:
      return event satisfies never;
  }
}
