import { SimpleGrid, Stack } from '@mantine/core';
import { Gallery } from './sources/gallery';
import { ShardCachePanel } from './cache/shard-cache-panel';
import { LastRun } from './plan/last-run';
import { RunPlanSection } from './plan/run-plan-section';
import { SourceLook } from './sources/source-look';
import { Survey } from './survey/survey';
import { NetworkPolicyNote } from '../shell/network-note';

/** Here a person chooses a source of faces, inspects it, and estimates a run on it. */
export function DataView() {
  return (
    <Stack>
      <NetworkPolicyNote />
      <Gallery />
      <SourceLook />
      <Survey />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <RunPlanSection />
        <ShardCachePanel />
      </SimpleGrid>
      <LastRun />
    </Stack>
  );
}
