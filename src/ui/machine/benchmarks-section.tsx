import { Button, CopyButton, Group, Text } from '@mantine/core';
import type { MachineFigures } from '../../training/session/measure-machine';
import { FactTable } from '../components/fact-table';
import { bytes, count, fixed, percent } from '../components/format';
import { isRunActive } from '../data/sources/use-source';
import { isLessonActive } from '../models/lesson-slice';
import { isModelPending } from '../models/models-slice';
import { ProgressMeter } from '../components/progress-meter';
import { Section } from '../components/section';
import { ask, send } from '../shell/client/studio-client';
import { studioStore, type StudioState } from '../shell/studio-store';
import { pendingTask } from '../shell/client/tasks-slice';
import { useStudio } from '../shell/use-studio';

const measure = () =>
  ask({ type: 'run-benchmarks' }, (benchmarks) => {
    if (benchmarks) studioStore.setState({ benchmarks });
  });

/** Measures on request how fast this machine embeds and trains, with figures to copy. */
export function BenchmarksSection({ backend }: { backend: NonNullable<StudioState['backend']> }) {
  const figures = useStudio((state) => state.benchmarks);
  const task = useStudio((state) => pendingTask(state, 'run-benchmarks'));
  const progress = task?.progress;
  const isBusy = useStudio(
    (state) => isRunActive(state) || isLessonActive(state) || isModelPending(state),
  );
  return (
    <Section
      title="Benchmarks"
      summary={
        figures
          ? undefined
          : 'Measures how many pictures a second the backbone embeds and the compact head trains ' +
            'on, with the backend in use. It takes about ten seconds; a minute on a software ' +
            'adapter.'
      }
      aside={
        <Group gap="xs">
          {figures && <CopyFigures figures={figures} backend={backend} />}
          <Button size="xs" disabled={isBusy || task !== undefined} onClick={measure}>
            {figures ? 'Measure again' : 'Measure this machine'}
          </Button>
        </Group>
      }
    >
      {isBusy && (
        <Text size="sm" c="dimmed">
          Measure once the run has ended: during a run the figures would be too low.
        </Text>
      )}
      {progress && (
        <ProgressMeter progress={progress} onStop={() => send({ type: 'stop-benchmarks' })} />
      )}
      {figures && <FactTable testId="benchmarks" rows={rowsOf(figures)} />}
    </Section>
  );
}

interface CopyFiguresProps {
  readonly figures: MachineFigures;
  readonly backend: NonNullable<StudioState['backend']>;
}

function CopyFigures({ figures, backend }: CopyFiguresProps) {
  const machine = {
    backend: backend.backend,
    adapter: backend.adapter,
    wasmThreads: backend.wasmThreads,
    features: backend.features,
    cores: navigator.hardwareConcurrency,
    userAgent: navigator.userAgent,
  };
  return (
    <CopyButton value={JSON.stringify({ ...figures, machine }, null, 2)}>
      {({ copied, copy }) => (
        <Button size="xs" variant="default" onClick={copy}>
          {copied ? 'Copied' : 'Copy the figures'}
        </Button>
      )}
    </CopyButton>
  );
}

/** How far a face's embedding alone is from the one in a batch. */
function batchDifference(aloneApart: number | null): string {
  if (aloneApart === null) return 'not measured: larger batches would take too long here';
  if (aloneApart === 0) return 'the same bits';
  return `they differ by ${aloneApart.toExponential(1)} of the largest value`;
}

function rowsOf({ backbone, head, bytes: held }: MachineFigures): [string, string][] {
  const alone = backbone.rates[0]!.picturesPerSecond;
  return [
    ...backbone.rates.map(({ batch, picturesPerSecond }): [string, string] => {
      const rate = `${fixed(picturesPerSecond, 1)} pictures a second`;
      if (batch === 1) return [`${backbone.name}, one picture at a time`, rate];
      const factor = fixed(picturesPerSecond / alone, 2);
      return [`${backbone.name}, ${batch} at a time`, `${rate} (${factor} ×)`];
    }),
    ['A face alone and in a batch', batchDifference(backbone.aloneApart)],
    [
      `Compact head, batches of ${head.batch}`,
      `${count(Math.round(head.picturesPerSecond))} pictures a second, ` +
        `${fixed(head.stepsPerSecond, 0)} steps`,
    ],
    [
      'Memory after the first and the last step',
      `${bytes(held.early)}, ${bytes(held.late)} (${percent(held.late / held.early)})`,
    ],
  ];
}
