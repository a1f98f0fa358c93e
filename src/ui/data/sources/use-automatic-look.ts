import { useDebouncedValue } from '@mantine/hooks';
import { useEffect } from 'react';
import { studioStore } from '../../shell/studio-store';
import { useStudio } from '../../shell/use-studio';
import { requestLook, SAMPLE_COUNT } from '../commands';
import { foreignOriginsOf } from './origins';
import { isDataPending, isRunActive, lookOf, unapprovedOrigins } from './use-source';

/** Milliseconds without a change of the address before a look starts automatically. */
const SETTLE_MS = 600;

/** A manifest's list is read before any picture is fetched. */
export const firstPictures = (shards: string): number =>
  /\.json(\?.*)?$/.test(shards) ? 0 : SAMPLE_COUNT;

/**
 * Requests a look at a source of the page's own origin as soon as it is chosen, and the pictures of
 * a manifest once all its origins are allowed.
 * @param onlyPicked does so for picked files alone
 */
export function useAutomaticLook(onlyPicked = false): void {
  const isReady = useStudio((state) => state.backend !== null);
  const shards = useStudio((state) => state.config.shards);
  const files = useStudio((state) => state.files);
  const [settled] = useDebouncedValue(shards, SETTLE_MS);
  const look = useStudio(lookOf);
  useEffect(() => {
    const state = studioStore.getState();
    const isSettled = settled === state.config.shards && settled.trim() !== '';
    if (!isReady || !isSettled || isDataPending(state) || lookOf(state)) return;
    if (foreignOriginsOf(settled, location.href).length > 0) return;
    const isPicked = settled.startsWith('files:');
    if ((isPicked && files.length === 0) || (onlyPicked && (!isPicked || isRunActive(state))))
      return;
    requestLook(firstPictures(settled));
  }, [isReady, settled, files, onlyPicked]);
  useEffect(() => {
    if (
      !onlyPicked &&
      look?.samplesRequested === 0 &&
      unapprovedOrigins(studioStore.getState()).length === 0
    )
      requestLook(SAMPLE_COUNT);
  }, [look, onlyPicked]);
}
