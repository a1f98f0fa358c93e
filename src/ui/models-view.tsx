import { Stack } from '@mantine/core';
import { BackboneSection } from './models/backbone-section';
import { CentreComparisonSection } from './models/centre-comparison';
import { CentresSection } from './models/centres-section';
import { CommandSection } from './models/command-section';
import { HeadSection } from './models/head-section';
import { LessonSection } from './models/lesson-section';
import { ScaleOutSection } from './models/scale-out-section';

/** What a run stands on and what comes of it: backbone, class centres, heads, checkpoints, and the command that says it all. */
export function ModelsView() {
  return (
    <Stack>
      <BackboneSection />
      <CentresSection />
      <CentreComparisonSection />
      <HeadSection />
      <LessonSection />
      <CommandSection />
      <ScaleOutSection />
    </Stack>
  );
}
