import { pristine, type DegradationLevels } from '../../faces/face-record';
import type { FaceSlot } from '../../studio/protocol';
import { ask, send } from '../shell/client/studio-client';
import { displayablePicture } from '../components/displayable-picture';
import { studioStore } from '../shell/studio-store';
import { plannedSide } from './faces-slice';
import type { PairPlan } from './sides/pair-plan';

let pictures = 0;
const nextId = () => `picture ${++pictures}`;

/** Object URLs of the photographs shown, by the picture's id. */
const photos = new Map<string, string>();

/** The URL of a photograph; undefined for crops. */
export const photoUrl = (id: string): string | undefined => photos.get(id);

/** Puts a sample on a side. @param add keeps the pictures that are there */
export function chooseSample(
  slot: FaceSlot,
  key: string,
  add: boolean,
  levels: DegradationLevels = pristine,
): void {
  const id = nextId();
  studioStore.setState((state) => {
    const before = add ? plannedSide(state, slot) : [];
    const coming = before && [...before, { key, levels }];
    return {
      sampleKeys: { ...state.sampleKeys, [id]: key },
      comingSamples: { ...state.comingSamples, [slot]: coming },
      wantedPair: null,
    };
  });
  send({ type: 'choose-sample', slot, id, key, add, levels });
}

/** Puts samples on both sides, in place of what is there. */
export function choosePair(plan: PairPlan): void {
  for (const slot of ['a', 'b'] as const)
    plan[slot].forEach(({ key, levels }, i) => chooseSample(slot, key, i > 0, levels));
  studioStore.setState({ several: { a: plan.a.length > 1, b: plan.b.length > 1 } });
}

/** Puts a person's own pictures on a side. @param add keeps the pictures that are there */
export async function choosePhotos(
  slot: FaceSlot,
  files: readonly File[],
  add: boolean,
): Promise<void> {
  const drop = nextId();
  studioStore.setState(({ several, comingSamples }) => ({
    several: { ...several, [slot]: several[slot] || files.length > 1 },
    comingSamples: { ...comingSamples, [slot]: null },
    wantedPair: null,
  }));
  for (const photo of files) {
    const id = nextId();
    photos.set(id, URL.createObjectURL(await displayablePicture(photo)));
    send({ type: 'choose-photo', slot, id, photo, name: photo.name, add, drop });
  }
}

/** Chooses another face of a photograph. */
export const chooseFace = (slot: FaceSlot, id: string, face: number): void =>
  send({ type: 'choose-face', slot, id, face });

/** Removes a picture from a side. */
export function removeFace(slot: FaceSlot, id: string): void {
  send({ type: 'remove-face', slot, id });
}

/** Whether a side takes several pictures of one person, which are pooled. */
export const takeSeveral = (slot: FaceSlot, takes: boolean): void =>
  studioStore.setState(({ several }) => ({ several: { ...several, [slot]: takes } }));

/** Selects the picture of a side that its sliders degrade. */
export const selectFace = (slot: FaceSlot, id: string): void =>
  studioStore.setState(({ selected }) => ({ selected: { ...selected, [slot]: id } }));

/** Degrades a picture of a side. May be called for every step of a moving slider. */
export function degradeFace(slot: FaceSlot, id: string, levels: DegradationLevels): void {
  studioStore.setState(({ draftLevels }) => ({ draftLevels: { ...draftLevels, [id]: levels } }));
  send({ type: 'degrade-face', slot, id, levels });
}

/** Starts a sweep: repeats the comparison as one picture is degraded step by step. */
export function startSweep(slot: FaceSlot, id: string): void {
  studioStore.setState({ sweep: null });
  ask({ type: 'sweep', slot, id }, (sweep) => {
    if (sweep) studioStore.setState({ sweep });
  });
}

export const stopSweep = (): void => send({ type: 'stop-sweep' });

// Frees the URL of a photograph once no side has it.
studioStore.subscribe(({ faces }, { faces: before }) => {
  if (faces === before) return;
  for (const slot of ['a', 'b'] as const) {
    for (const { id } of before[slot])
      if (!faces[slot].some((face) => face.id === id)) forgetPhoto(id);
  }
});

function forgetPhoto(id: string): void {
  const url = photos.get(id);
  if (url !== undefined) URL.revokeObjectURL(url);
  photos.delete(id);
}
