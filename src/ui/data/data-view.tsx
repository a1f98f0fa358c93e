import { SimpleGrid, Stack } from '@mantine/core';
import { Gallery } from './sources/gallery';
import { KeptShards } from './cache/kept-shards';
import { LastRun } from './plan/last-run';
import { RunPlanSection } from './plan/run-plan-section';
import { SourceLook } from './sources/source-look';
import { Survey } from './survey/survey';
import { ReachNote } from '../shell/network-note';

/** Where faces come from, what they are, what a run on them takes, and what is kept of them. */
export function DataView() {
  return (
    <Stack>
      <ReachNote />
      <Gallery />
      <SourceLook />
      <Survey />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <RunPlanSection />
        <KeptShards />
      </SimpleGrid>
      <LastRun />
    </Stack>
  );
}
