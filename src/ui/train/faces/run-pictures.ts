import { useEffect, useSyncExternalStore } from 'react';
import type { FaceSlot } from '../../../studio/protocol';
import type { SourcePicture } from '../../../training/data/held-out/picture-reader';
import { chooseHead } from '../../heads/commands';
import { showPlace } from '../../shell/address/show-place';
import { request, send } from '../../shell/client/studio-client';
import { studioStore } from '../../shell/studio-store';
import { PictureCache } from './picture-cache';

/** The pictures of the run on show. */
export const runPictures = new PictureCache((pictures, side) =>
  request({ type: 'read-pictures', pictures, side }),
);

// Another run has other pictures.
studioStore.subscribe((state, before) => {
  const isGone = (key: 'faceMap' | 'heldOut' | 'keptRun') =>
    state[key] === null && before[key] !== null;
  if (isGone('faceMap') || isGone('heldOut') || isGone('keptRun')) runPictures.clear();
});

/**
 * Fetches pictures of the run, and draws the component again whenever some have come. Which have is
 * for {@link runPictures} to say.
 * @param wanted compared by identity
 */
export function useRunPictures(wanted: readonly SourcePicture[]): void {
  const version = useSyncExternalStore(
    (changed) => runPictures.subscribe(changed),
    () => runPictures.version,
  );
  // Asked for again after they were forgotten.
  useEffect(() => runPictures.want(wanted), [wanted, version]);
}

/** Why the last pictures that were asked for couldn't be read; null if they could. */
export const usePictureProblem = (): string | null =>
  useSyncExternalStore(
    (changed) => runPictures.subscribe(changed),
    () => runPictures.problem,
  );

let choices = 0;

/**
 * Opens a picture of the run in Compare, as face A, read with the run's head.
 * @param partner another picture of the same person, as face B; null if there is none
 */
export function openInCompare(picture: SourcePicture, partner: SourcePicture | null): void {
  const { availableHeads, headChoice } = studioStore.getState();
  if (headChoice.kind !== 'run' && availableHeads.some(({ kind }) => kind === 'run'))
    chooseHead({ kind: 'run' });
  const choose = (slot: FaceSlot, chosen: SourcePicture) =>
    send({
      type: 'choose-run-picture',
      slot,
      id: `picture of the run ${++choices}`,
      picture: { place: chosen.place, copy: chosen.copy },
    });
  // Compare's own first pair would take their place.
  studioStore.setState({ wantedPair: null, several: { a: false, b: false } });
  choose('a', picture);
  if (partner) choose('b', partner);
  showPlace('compare');
}
