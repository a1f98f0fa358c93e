import { useMemo } from 'react';
import {
  Button,
  Card,
  Group,
  SimpleGrid,
  type SimpleGridProps,
  Stack,
  Text,
  Title,
  VisuallyHidden,
} from '@mantine/core';
import { StepChart, type StepChartProps } from '../charts/step-chart';
import { KappaScatter, SeverityScatter } from '../charts/validation-charts';
import { downloadEvents, pickEventFolder } from './events/event-recorder';
import { bytes, counted, fixed } from '../components/format';
import { HeadWarning } from './head-warning';
import { RunFiles } from '../models/run-files';
import { ProgressMeter } from '../components/progress-meter';
import { runActions } from './run-actions';
import { confidenceSymbols } from '../../confidence/methods';
import { presets, type RunConfig } from '../../training/config/run-config';
import type { StepMetrics } from '../../training/session/run-events';
import { download } from '../components/download';
import { shownRunConfig, series } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';

/** The charts over steps that say whether the run learns. */
const firstCharts = (symbol: string): readonly StepChartProps[] => [
  {
    title: 'Loss',
    curves: [{ key: 'loss', name: 'loss', colour: 'var(--mantine-color-indigo-6)' }],
  },
  {
    title: `${symbol}, mean of the batch`,
    curves: [{ key: 'kappaMean', name: symbol, colour: 'var(--mantine-color-indigo-6)' }],
    band: ['kappaLow', 'kappaHigh', '5–95 % of the batch'],
  },
];

/** A loss's parts; one of pairs has none. */
const parts: Readonly<Partial<Record<RunConfig['method'], readonly [string, string]>>> = {
  scf: ['−κ cos θ', 'log I(κ) − v log κ'],
  'scf-g': ['(1 − cos θ)/σ²', '(d/2) log σ²'],
};

/** The other charts over steps. */
function otherCharts(method: RunConfig['method']): readonly StepChartProps[] {
  const names = parts[method];
  const ofParts: StepChartProps[] = names
    ? [
        {
          title: 'The loss’s parts',
          curves: [
            { key: 'lossAlignment', name: names[0], colour: 'var(--mantine-color-teal-6)' },
            {
              key: 'lossNormalizer',
              name: names[1],
              colour: 'var(--mantine-color-orange-6)',
              dash: '6 3',
            },
            {
              key: 'lossConstant',
              name: 'constant',
              colour: 'var(--mantine-color-gray-6)',
              dash: '2 3',
            },
          ],
        },
      ]
    : [];
  return [...ofParts, ...plainCharts];
}

const plainCharts: readonly StepChartProps[] = [
  {
    title: 'cos θ to the class centre',
    bounds: [-1, 1],
    curves: [{ key: 'cosThetaMean', name: 'cos θ, mean', colour: 'var(--mantine-color-teal-6)' }],
  },
  {
    title: 'Learning rate',
    curves: [
      { key: 'learningRate', name: 'learning rate', colour: 'var(--mantine-color-grape-6)' },
    ],
  },
  {
    title: 'Images a second through the head',
    curves: [{ key: 'imagesPerSecond', name: 'images/s', colour: 'var(--mantine-color-orange-6)' }],
  },
  {
    title: 'Bytes held by the backend',
    curves: [{ key: 'bytesAllocated', name: 'bytes', colour: 'var(--mantine-color-gray-6)' }],
    tick: bytes,
  },
];

/** Live curves of the run, and what validation says. */
export function TrainView() {
  const hasSteps = useStudio((state) => state.latest !== null);
  const validation = useStudio((state) => state.validation);
  const dimension = useStudio((state) => shownRunConfig(state).zDim);
  const method = useStudio((state) => shownRunConfig(state).method);
  const [first, others] = useMemo(
    () => [firstCharts(confidenceSymbols[method]), otherCharts(method)],
    [method],
  );
  return (
    <Stack>
      <RunProgress />
      <HeadWarning of="run" />
      {!hasSteps && !validation && <EmptyState />}
      {(hasSteps || validation) && <Tiles />}
      {hasSteps && <StepCharts charts={first} cols={{ base: 1, md: 2 }} />}
      {validation && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <KappaScatter result={validation} dimension={dimension} />
          <SeverityScatter result={validation} />
        </SimpleGrid>
      )}
      {hasSteps && <StepCharts charts={others} cols={{ base: 1, md: 2, xl: 3 }} />}
      {(hasSteps || validation) && <Exports hasSteps={hasSteps} />}
    </Stack>
  );
}

function StepCharts({
  charts,
  cols,
}: {
  charts: readonly StepChartProps[];
  cols: SimpleGridProps['cols'];
}) {
  return (
    <SimpleGrid cols={cols}>
      {charts.map((chart) => (
        <StepChart key={chart.title} {...chart} />
      ))}
    </SimpleGrid>
  );
}

function EmptyState() {
  const state = useStudio((all) => all);
  const start = runActions[0]!;
  if (state.runProgress || state.runState === 'preparing') return null;
  return (
    <Card withBorder padding="xl">
      <Stack align="flex-start">
        <Title order={2} size="h3">
          Teach a face network how sure it is
        </Title>
        <Text maw={640}>
          A frozen, pretrained backbone turns every face into a direction on a sphere. The demo run
          teaches a small head to say, beside it, a confidence κ: large for a clear picture, small
          for a blurred or covered one. It embeds the demo faces once, which takes a minute or
          three, and then trains in seconds.
        </Text>
        <Text size="sm" c="dimmed">
          Pictures never leave this page.
        </Text>
        <Button
          disabled={!start.enabled(state)}
          loading={state.backend === null && !state.errors.some(({ scope }) => scope === 'studio')}
          onClick={() => start.perform(state)}
        >
          Start{' '}
          {state.config.shards === presets[state.config.preset].shards
            ? `the ${state.config.preset} run`
            : 'the run'}
        </Button>
      </Stack>
    </Card>
  );
}

function RunProgress() {
  const progress = useStudio((state) => state.runProgress);
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

function Tiles() {
  const latest = useStudio((state) => state.latest);
  const validation = useStudio((state) => state.validation);
  const symbol = useStudio((state) => confidenceSymbols[shownRunConfig(state).method]);
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }}>
      <Tile
        label="Loss"
        value={fixed(latest?.loss)}
        note={
          latest && !Number.isFinite(latest.loss)
            ? `${latest.loss} at step ${latest.step}`
            : undefined
        }
      />
      <Tile
        label={`${symbol}, mean`}
        value={fixed(latest?.kappaMean, 0)}
        note={latest ? concentrationNote(latest) : undefined}
      />
      <Tile label="cos θ, mean" value={fixed(latest?.cosThetaMean, 3)} note="to the class centre" />
      <Tile
        label={`Spearman ρ(${symbol}, cos θ)`}
        value={fixed(validation?.spearman, 3)}
        testId="spearman"
        note={
          validation
            ? `${counted(validation.images, 'picture')} of ` +
              `${counted(validation.identities, 'unseen person', 'unseen people')}`
            : 'after the first epoch'
        }
      />
      <VisuallyHidden aria-live="polite">
        {validation &&
          `Epoch ${validation.epoch}: validation Spearman ${fixed(validation.spearman, 3)}.`}
      </VisuallyHidden>
    </SimpleGrid>
  );
}

/** The spread of the batch, or what a κ that is no number became. */
const concentrationNote = ({ step, kappaMean, kappaLow, kappaHigh }: StepMetrics): string =>
  Number.isFinite(kappaMean)
    ? `${fixed(kappaLow, 0)} to ${fixed(kappaHigh, 0)} in nine of ten`
    : `${kappaMean} at step ${step}`;

function Tile({
  label,
  value,
  note,
  testId,
}: {
  label: string;
  value: string;
  note?: string;
  testId?: string;
}) {
  return (
    <Card withBorder padding="sm">
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="xl" fw={700} data-testid={testId} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {value}
      </Text>
      <Text size="xs" c="dimmed">
        {note ?? ' '}
      </Text>
    </Card>
  );
}

function Exports({ hasSteps }: { hasSteps: boolean }) {
  const savedStep = useStudio((state) => state.savedStep);
  return (
    <Group>
      <RunFiles />
      <Button
        size="xs"
        variant="default"
        disabled={!hasSteps}
        onClick={() => download('metrics.csv', series.csv())}
      >
        Download the metrics (CSV)
      </Button>
      <EventFiles />
      {savedStep !== null && (
        <Text size="xs" c="dimmed">
          Saved in this browser at step {savedStep}
        </Text>
      )}
    </Group>
  );
}

/**
 * The run's TensorBoard file: as a download, or in a folder while the run goes on, where the
 * browser can write to one.
 */
function EventFiles() {
  const name = useStudio((state) => state.eventFile);
  const folder = useStudio((state) => state.eventFolder);
  if (name === null) return null;
  return (
    <>
      <Button size="xs" variant="default" title={name} onClick={downloadEvents}>
        Download the event file
      </Button>
      {'showDirectoryPicker' in window && (
        <Button size="xs" variant="default" onClick={() => void pickEventFolder()}>
          {folder === null ? 'Write events into a folder …' : `Writing into “${folder}”`}
        </Button>
      )}
    </>
  );
}
