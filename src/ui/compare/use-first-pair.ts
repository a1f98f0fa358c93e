import { useEffect } from 'react';
import { requestLook, SAMPLE_COUNT } from '../data/commands';
import { isDataPending, unapprovedOrigins } from '../data/sources/use-source';
import { studioStore } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';
import { choosePair } from './commands';
import { tellingPair } from './sides/pair-plan';
import { samplesOf } from './sides/samples';

/**
 * Looks at the source as soon as Compare is shown, while the backbone is still being read, and puts
 * the wanted pair on the two sides once both are there.
 */
export function useFirstPair(): void {
  const samples = useStudio(samplesOf);
  const wanted = useStudio((state) => state.wantedPair);
  const isReady = useStudio((state) => state.backend !== null);
  useEffect(() => {
    const state = studioStore.getState();
    if (samples.length > 0 || isDataPending(state)) return;
    if (unapprovedOrigins(state).length === 0) requestLook(SAMPLE_COUNT);
  }, [samples, isReady]);
  useEffect(() => {
    if (!isReady || wanted === null || samples.length === 0) return;
    const plan = wanted === 'telling' ? tellingPair(samples) : wanted;
    if (plan) choosePair(plan);
    studioStore.setState({ wantedPair: null });
  }, [isReady, wanted, samples]);
}
