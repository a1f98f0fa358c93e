import { Stack } from '@mantine/core';
import { PlaceIntro } from '../components/place-intro';
import { NetworkPolicyNote } from '../shell/network-note';
import { Term } from '../words/term';
import { ShardCachePanel } from './cache/shard-cache-panel';
import { LastRun } from './plan/last-run';
import { RunPlanSection } from './plan/run-plan-section';
import { Gallery } from './sources/gallery';
import { SourceLook } from './sources/source-look';
import { Survey } from './survey/survey';

/** Here a person chooses a source of faces, inspects it, and estimates a run on it. */
export function DataView() {
  return (
    <Stack gap="xl">
      <Stack gap="xs">
        <PlaceIntro>
          Choose the faces that a <Term name="head">head</Term> learns from, and see what is in them
          before you train.
        </PlaceIntro>
        <NetworkPolicyNote canOpen />
      </Stack>
      <Gallery />
      <SourceLook />
      <Survey />
      <RunPlanSection />
      <ShardCachePanel />
      <LastRun />
    </Stack>
  );
}
