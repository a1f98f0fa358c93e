import type { ShownFace, FaceSlot, PairReading, Sweep, WorkerEvent } from '../../studio/protocol';

/** What the page knows of the two sides of a comparison. */
export interface FacesState {
  /** The pictures of each side. */
  readonly faces: Readonly<Record<FaceSlot, readonly ShownFace[]>>;
  /** Id of the picture that a side's sliders degrade: the one added or clicked last. */
  readonly selected: Readonly<Record<FaceSlot, string | null>>;
  readonly facesPending: Readonly<Record<FaceSlot, boolean>>;
  readonly pair: PairReading | null;
  readonly sweep: Sweep | null;
}

export const initialFacesState: FacesState = {
  faces: { a: [], b: [] },
  selected: { a: null, b: null },
  facesPending: { a: false, b: false },
  pair: null,
  sweep: null,
};

/** The worker's events about the two sides. */
export type FacesEvent = Extract<WorkerEvent, { type: 'head' | 'side' | 'face-busy' | 'pair' }>;

/** What an event changes in the slice. */
export function facesReducer(
  event: FacesEvent,
  { faces, selected, facesPending }: FacesState,
): Partial<FacesState> {
  switch (event.type) {
    case 'side': {
      const { slot } = event;
      const id = selectedAfter(event.faces, faces[slot], selected[slot]);
      // A sweep belongs to the faces that it was made with.
      return {
        faces: { ...faces, [slot]: event.faces },
        selected: { ...selected, [slot]: id },
        sweep: null,
      };
    }
    case 'head': {
      const { sides, pair } = event;
      const after = (slot: FaceSlot) => selectedAfter(sides[slot], faces[slot], selected[slot]);
      return {
        faces: sides,
        selected: { a: after('a'), b: after('b') },
        pair,
        sweep: null,
      };
    }
    case 'face-busy':
      return { facesPending: { ...facesPending, [event.slot]: event.busy } };
    case 'pair':
      return { pair: event.pair };
    default:
      return event satisfies never;
  }
}

/** The picture to select: a new one, else the one selected before, else the first. */
function selectedAfter(
  faces: readonly ShownFace[],
  before: readonly ShownFace[],
  selected: string | null,
): string | null {
  const known = new Set(before.map(({ id }) => id));
  const added = faces.find(({ id }) => !known.has(id));
  if (added) return added.id;
  return faces.some(({ id }) => id === selected) ? selected : (faces[0]?.id ?? null);
}
