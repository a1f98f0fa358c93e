import { Group, SimpleGrid, Stack } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { MethodName } from '../../confidence/confidence-method';
import { requestLook, SAMPLE_COUNT } from '../data/commands';
import { isDataPending, unapprovedOrigins } from '../data/sources/use-source';
import { HeadWarning } from '../train/head-warning';
import { studioStore } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';
import { CameraSection } from './camera/camera-section';
import { HeadChip } from '../heads/head-chip';
import { Comparison } from './comparison';
import { NoSamples, samplesOf } from './samples';
import { SidePanel } from './side-panel';
import { SweepSection } from './sweep-section';

/**
 * Here a person compares two faces, two templates or a face in the camera, and sees the confidence
 * and what a score means.
 */
export function VerifyView() {
  const slide = useRef<HTMLDivElement>(null);
  const [method, setMethod] = useState<MethodName | null>(null);
  const ready = useStudio((state) => state.backend !== null);
  const hasSamples = useStudio((state) => samplesOf(state).length > 0);
  useEffect(() => {
    const state = studioStore.getState();
    if (!ready || isDataPending(state) || samplesOf(state).length > 0) return;
    if (unapprovedOrigins(state).length === 0) requestLook(SAMPLE_COUNT);
  }, [ready]);
  return (
    <Stack>
      <HeadWarning />
      <Stack ref={slide}>
        <Group>
          <HeadChip />
        </Group>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <SidePanel slot="a" />
          <SidePanel slot="b" />
        </SimpleGrid>
        {!hasSamples && <NoSamples />}
        <Comparison slide={slide} chosen={method} onChoose={setMethod} />
      </Stack>
      <SweepSection chosen={method} />
      <CameraSection />
    </Stack>
  );
}
