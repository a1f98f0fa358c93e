import { useMemo } from 'react';
import { Button, Card, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { presets } from '../../training/config/run-config';
import { mainCharts, otherCharts, validationCharts } from '../charts/steps/chart-list';
import { StepToolbar } from '../charts/steps/step-toolbar';
import { KappaScatter, SeverityScatter } from '../charts/validation-charts';
import { ProgressMeter } from '../components/progress-meter';
import { AlignmentNotice } from '../data/alignment-notice';
import { useAutomaticLook } from '../data/sources/use-automatic-look';
import { shownRunConfig } from '../shell/studio-store';
import { shownProgress } from './train-slice';
import { useStudio } from '../shell/use-studio';
import { HeadWarning } from './head-warning';
import { isRunActive } from '../data/sources/use-source';
import { LiveCharts, useLiveGroup } from './live-charts';
import { runActions } from './run-actions';
import { RunExports } from './run-exports';
import { RunTiles } from './run-tiles';

/** Here a person starts a run, watches its curves and validation, and downloads its results. */
export function TrainView() {
  const hasSteps = useStudio((state) => state.latest !== null);
  const validation = useStudio((state) => state.validation);
  const dimension = useStudio((state) => shownRunConfig(state).zDim);
  const method = useStudio((state) => shownRunConfig(state).method);
  const validations = useStudio((state) => state.validations);
  const [first, others] = useMemo(() => [mainCharts([method]), otherCharts([method])], [method]);
  const ofValidations = useMemo(() => validationCharts(validations), [validations]);
  const group = useLiveGroup(method);
  return (
    <Stack>
      <RunProgress />
      <LoosePhotographs />
      <HeadWarning of="run" />
      {!hasSteps && !validation && <EmptyState />}
      {(hasSteps || validation) && <RunTiles />}
      {hasSteps && (
        <>
          <StepToolbar group={group} />
          <LiveCharts
            group={group}
            charts={[...first, ...ofValidations]}
            cols={{ base: 1, md: 2 }}
          />
        </>
      )}
      {validation && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <KappaScatter result={validation} dimension={dimension} />
          <SeverityScatter result={validation} />
        </SimpleGrid>
      )}
      {hasSteps && <LiveCharts group={group} charts={others} cols={{ base: 1, md: 2, xl: 3 }} />}
      {(hasSteps || validation) && <RunExports hasSteps={hasSteps} />}
    </Stack>
  );
}

/** Says so of picked files that need aligning, by the start button and before a run. */
function LoosePhotographs() {
  useAutomaticLook(true);
  return <AlignmentNotice onlyIfLoose />;
}

function EmptyState() {
  const state = useStudio((all) => all);
  const start = runActions[0]!;
  const { preset, shards } = state.config;
  const name = shards === presets[preset].shards ? `the ${preset} run` : 'the run';
  const hasCrashed = state.errors.some(({ scope }) => scope === 'studio');
  if (shownProgress(state) || isRunActive(state)) return null;
  return (
    <Card withBorder padding="xl">
      <Stack align="flex-start">
        <Title order={2} size="h3">
          Teach a face network how sure it is
        </Title>
        <Text maw={640}>
          A frozen, pretrained backbone turns every face into a direction on a sphere. The demo run
          teaches a small head to add a confidence κ to it: large for a clear picture, small for a
          blurred or covered one. It embeds the demo faces once, which takes one to three minutes,
          and then trains in seconds.
        </Text>
        <Text size="sm" c="dimmed">
          Pictures never leave this page.
        </Text>
        <Button
          disabled={!start.enabled(state)}
          loading={state.backend === null && !hasCrashed}
          onClick={() => start.perform(state)}
        >
          Start {name}
        </Button>
      </Stack>
    </Card>
  );
}

function RunProgress() {
  const progress = useStudio(shownProgress);
  const retry = useStudio((state) => state.retry);
  if (!progress) return null;
  return (
    <Card withBorder padding="sm">
      <ProgressMeter progress={progress} />
      {retry && (
        <Text size="xs" c="orange">
          Trying again: {retry}
        </Text>
      )}
    </Card>
  );
}
