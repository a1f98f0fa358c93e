import { Stack } from '@mantine/core';
import { BackboneSection } from './backbone-section';
import { CentreComparisonSection } from './centre-comparison';
import { CentresSection } from './centres-section';
import { CommandSection } from './command-section';
import { HeadSection } from './head-section';
import { LessonSection } from './lesson-section';
import { ScaleOutSection } from './scale-out-section';

/**
 * What a run stands on and what comes of it: backbone, class centres, heads, checkpoints, and the
 * command that says it all.
 */
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
