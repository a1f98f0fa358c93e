import { Stack } from '@mantine/core';
import { BackboneSection } from './backbone-section';
import { CentreComparisonSection } from './centre-comparison';
import { CentresSection } from './centres-section';
import { CommandSection } from './command-section';
import { HeadSection } from './head-section';
import { LessonSection } from './lesson-section';
import { ScaleOutSection } from './scale-out-section';

/**
 * Here a person loads the backbone, class centres or head of a run, downloads checkpoints, and
 * converts the run's settings from and to commands.
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
