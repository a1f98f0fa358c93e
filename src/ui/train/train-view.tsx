import { Stack } from '@mantine/core';
import { AlignmentNotice } from '../data/alignment-notice';
import { useAutomaticLook } from '../data/sources/use-automatic-look';
import { useStudio } from '../shell/use-studio';
import { WhatNext } from './end/what-next';
import { HeadWarning } from './head-warning';
import { trainStage } from './stage';
import { Hero } from './start/hero';
import { Preparing } from './watch/preparing';
import { RunWatch } from './watch/run-watch';

/** Here a person starts a run, watches it learn, and goes on with what it has learnt. */
export function TrainView() {
  const stage = useStudio(trainStage);
  const hasFigures = useStudio(({ latest, validation }) => latest !== null || validation !== null);
  return (
    <Stack gap="lg">
      <LoosePhotographs />
      {stage === 'empty' && <Hero />}
      {stage === 'preparing' && <Preparing />}
      {stage === 'ended' && <WhatNext />}
      {stage !== 'ended' && <HeadWarning of="run" />}
      {hasFigures && <RunWatch />}
    </Stack>
  );
}

/** Says so of picked files that need aligning, by the start button and before a run. */
function LoosePhotographs() {
  useAutomaticLook(true);
  return <AlignmentNotice onlyIfLoose />;
}
