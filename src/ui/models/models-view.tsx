import { Stack } from '@mantine/core';
import { BackboneSection } from './backbone-section';
import { CentreComparisonSection } from './centres/centre-comparison';
import { CentresSection } from './centres/centres-section';
import { PlaceIntro } from '../components/place-intro';
import { Term } from '../words/term';
import { CommandSection } from './command-section';
import { ConventionSection } from './convention-section';
import { HeadSection } from './head-section';
import { LessonSection } from './lesson-section';
import { ScaleOutSection } from './scale-out-section';

/**
 * Here a person loads the backbone, class centres or head of a run, downloads checkpoints, and
 * converts the run's settings from and to commands.
 */
export function ModelsView() {
  return (
    <Stack gap="xl">
      <PlaceIntro>
        Bring your own networks: the <Term name="backbone">backbone</Term> that reads faces, a
        trained <Term name="head">head</Term> that gives <Term name="kappa">κ</Term>, or a run to go
        on with.
      </PlaceIntro>
      <BackboneSection />
      <HeadSection />
      <ConventionSection />
      <CentresSection />
      <CentreComparisonSection />
      <LessonSection />
      <CommandSection />
      <ScaleOutSection />
    </Stack>
  );
}
