import type { MethodName } from '../../confidence/confidence-method';
import type { DegradationLevels } from '../../faces/face-record';
import type { ShownFace, FaceSlot, PairReading, Sweep, WorkerEvent } from '../../studio/protocol';
import type { PairPlan, PlannedPicture } from './sides/pair-plan';

/** The side of a comparison that shows an error, or its sweep. */
export type FaceTopic = `face-${FaceSlot}` | 'sweep';

/** What the page knows of the two sides of a comparison, and what a person chose there. */
export interface FacesState {
  /** The pictures of each side. */
  readonly faces: Readonly<Record<FaceSlot, readonly ShownFace[]>>;
  /** Id of the picture that a side's sliders degrade: the one added or clicked last. */
  readonly selected: Readonly<Record<FaceSlot, string | null>>;
  readonly facesPending: Readonly<Record<FaceSlot, boolean>>;
  /** Where a side's sliders were moved to, by the picture's id, until it has been read so. */
  readonly draftLevels: Readonly<Record<string, DegradationLevels>>;
  /** Keys of the samples that were chosen, by the picture's id. */
  readonly sampleKeys: Readonly<Record<string, string>>;
  /** The samples that a side is to show, until they have been read; null if none are coming. */
  readonly comingSamples: Readonly<Record<FaceSlot, readonly PlannedPicture[] | null>>;
  /** Whether a side takes several pictures of one person. */
  readonly several: Readonly<Record<FaceSlot, boolean>>;
  /**
   * The two sides to be shown as soon as there are samples: those of an address, or a telling pair
   * that the page chooses by itself; null once something has been chosen.
   */
  readonly wantedPair: PairPlan | 'telling' | null;
  readonly pair: PairReading | null;
  /** The method that a person chose for the verdict; null for the default. */
  readonly verdictMethod: MethodName | null;
  /** The false accept rate that the verdict is held to, where the pairs can measure it. */
  readonly verdictFar: number;
  readonly compareMode: CompareMode;
  readonly sweep: Sweep | null;
}

/** What is compared: two sides of pictures, or a person with the camera. */
export type CompareMode = 'photos' | 'camera';

export const initialFacesState: FacesState = {
  faces: { a: [], b: [] },
  selected: { a: null, b: null },
  facesPending: { a: false, b: false },
  draftLevels: {},
  sampleKeys: {},
  comingSamples: { a: null, b: null },
  several: { a: false, b: false },
  wantedPair: 'telling',
  pair: null,
  verdictMethod: null,
  verdictFar: 0.01,
  compareMode: 'photos',
  sweep: null,
};

/** The worker's events about the two sides. */
export type FacesEvent = Extract<WorkerEvent, { type: 'head' | 'side' | 'face-busy' | 'pair' }>;

/** What an event changes in the slice. */
export function facesReducer(
  event: FacesEvent,
  { faces, selected, facesPending, draftLevels, comingSamples }: FacesState,
): Partial<FacesState> {
  switch (event.type) {
    case 'side': {
      const { slot } = event;
      const id = selectedAfter(event.faces, faces[slot], selected[slot]);
      // A sweep belongs to the faces that it was made with.
      return {
        faces: { ...faces, [slot]: event.faces },
        selected: { ...selected, [slot]: id },
        draftLevels: withoutRead(draftLevels, event.faces),
        sweep: null,
      };
    }
    case 'head': {
      const { sides, pair } = event;
      const after = (slot: FaceSlot) => selectedAfter(sides[slot], faces[slot], selected[slot]);
      return {
        faces: sides,
        selected: { a: after('a'), b: after('b') },
        draftLevels: withoutRead(draftLevels, [...sides.a, ...sides.b]),
        pair,
        sweep: null,
      };
    }
    case 'face-busy':
      return {
        facesPending: { ...facesPending, [event.slot]: event.busy },
        ...(!event.busy && { comingSamples: { ...comingSamples, [event.slot]: null } }),
      };
    case 'pair':
      return { pair: event.pair };
    default:
      return event satisfies never;
  }
}

/**
 * The samples on a side with what spoils them, or those that it is to show next; null if it has no
 * picture, or one that isn't a sample.
 */
export function plannedSide(state: FacesState, slot: FaceSlot): readonly PlannedPicture[] | null {
  const { wantedPair: wanted, faces, sampleKeys, draftLevels, comingSamples } = state;
  if (wanted && wanted !== 'telling') return wanted[slot];
  if (comingSamples[slot]) return comingSamples[slot];
  const pictures = faces[slot].map(({ id, origin, levels }) => {
    const key = sampleKeys[id];
    return origin === 'sample' && key !== undefined
      ? { key, levels: draftLevels[id] ?? levels }
      : null;
  });
  return pictures.length > 0 && pictures.every((picture) => picture !== null) ? pictures : null;
}

/** The drafts whose pictures have not been read as they say. */
function withoutRead(
  drafts: FacesState['draftLevels'],
  faces: readonly ShownFace[],
): FacesState['draftLevels'] {
  const read = faces.filter(({ id, levels }) => {
    const draft = drafts[id];
    return draft && isSameLevels(draft, levels);
  });
  if (read.length === 0) return drafts;
  const ids = new Set(read.map(({ id }) => id));
  return Object.fromEntries(Object.entries(drafts).filter(([id]) => !ids.has(id)));
}

const isSameLevels = (one: DegradationLevels, other: DegradationLevels): boolean =>
  (Object.keys(one) as (keyof DegradationLevels)[]).every((kind) => one[kind] === other[kind]);

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
