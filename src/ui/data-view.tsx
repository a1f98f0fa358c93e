import { SimpleGrid, Stack } from '@mantine/core';
import { Gallery } from './data/gallery';
import { KeptShards } from './data/kept-shards';
import { LastRun } from './data/last-run';
import { RunPlanSection } from './data/run-plan-section';
import { SourceLook } from './data/source-look';
import { Survey } from './data/survey';
import { ReachNote } from './reach-note';

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
