import { SimpleGrid, Stack } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { askLook, SAMPLES } from './data/ask';
import { unaskedOrigins } from './data/use-source';
import { HeadWarning } from './head-warning';
import { studioStore } from './studio-store';
import { useStudio } from './use-studio';
import { CameraSection } from './verify/camera-section';
import { Comparison } from './verify/comparison';
import { NoSamples, samplesOf } from './verify/samples';
import { SidePanel } from './verify/side-panel';
import { SweepSection } from './verify/sweep-section';

/** Two faces, or two templates, or the camera: how sure the head is, and what a score means among pairs whose truth is known. */
export function VerifyView() {
  const slide = useRef<HTMLDivElement>(null);
  const ready = useStudio((state) => state.backend !== null);
  const hasSamples = useStudio((state) => samplesOf(state).length > 0);
  useEffect(() => {
    const state = studioStore.getState();
    if (ready && !state.pending && samplesOf(state).length === 0 && unaskedOrigins(state).length === 0) askLook(SAMPLES);
  }, [ready]);
  return (
    <Stack>
      <HeadWarning />
      <Stack ref={slide}>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <SidePanel slot="a" />
          <SidePanel slot="b" />
        </SimpleGrid>
        {!hasSamples && <NoSamples />}
        <Comparison slide={slide} />
      </Stack>
      <SweepSection />
      <CameraSection />
    </Stack>
  );
}
