import { Button, Card, CopyButton, Group, Stack, Text, Title } from '@mantine/core';
import type { MachineFigures } from '../../training/session/measure-machine';
import { FactTable } from '../components/fact-table';
import { bytes, count, fixed, percent } from '../components/format';
import { isLessonActive } from '../models/lesson-slice';
import { ProgressMeter } from '../components/progress-meter';
import { send } from '../shell/studio-client';
import type { StudioState } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';

/** How fast this machine embeds and trains, measured when asked, and a report of it to copy. */
export function BenchmarksSection({ backend }: { backend: NonNullable<StudioState['backend']> }) {
  const figures = useStudio((state) => state.benchmarks);
  const progress = useStudio((state) => state.benchmarkProgress);
  const isBusy = useStudio(
    (state) =>
      state.runState === 'preparing' ||
      state.runState === 'running' ||
      state.runState === 'paused' ||
      isLessonActive(state) ||
      state.modelPending,
  );
  return (
    <Card withBorder component="section" aria-label="Benchmarks">
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2} size="h5">
            Benchmarks
          </Title>
          <Group gap="xs">
            {figures && (
              <CopyButton
                value={JSON.stringify(
                  {
                    ...figures,
                    machine: {
                      backend: backend.backend,
                      adapter: backend.adapter,
                      wasmThreads: backend.wasmThreads,
                      features: backend.features,
                      cores: navigator.hardwareConcurrency,
                      userAgent: navigator.userAgent,
                    },
                  },
                  null,
                  2,
                )}
              >
                {({ copied, copy }) => (
                  <Button size="xs" variant="default" onClick={copy}>
                    {copied ? 'Copied' : 'Copy the figures'}
                  </Button>
                )}
              </CopyButton>
            )}
            <Button
              size="xs"
              disabled={isBusy || progress !== null}
              onClick={() => send({ type: 'run-benchmarks' })}
            >
              {figures ? 'Measure again' : 'Measure this machine'}
            </Button>
          </Group>
        </Group>
        {isBusy && (
          <Text size="sm" c="dimmed">
            Measured once the run has ended: beside it the figures would be of neither.
          </Text>
        )}
        {progress && (
          <ProgressMeter progress={progress} onStop={() => send({ type: 'stop-benchmarks' })} />
        )}
        {figures ? (
          <FactTable testId="benchmarks" rows={rowsOf(figures)} />
        ) : (
          <Text size="sm" c="dimmed">
            How many pictures a second the backbone embeds and the compact head trains on, on the
            backend in use. It takes some ten seconds; a minute on a software adapter.
          </Text>
        )}
      </Stack>
    </Card>
  );
}

function rowsOf({ backbone, head, bytes: held }: MachineFigures): [string, string][] {
  const alone = backbone.rates[0]!.picturesPerSecond;
  return [
    ...backbone.rates.map(({ batch, picturesPerSecond }): [string, string] => [
      batch === 1
        ? `${backbone.name}, one picture at a time`
        : `${backbone.name}, ${batch} at a time`,
      `${fixed(picturesPerSecond, 1)} pictures a second${batch === 1 ? '' : ` (${fixed(picturesPerSecond / alone, 2)} ×)`}`,
    ]),
    [
      'A face alone and among others',
      backbone.aloneApart === null
        ? 'not measured: larger batches would take too long here'
        : backbone.aloneApart === 0
          ? 'the same bits'
          : `${backbone.aloneApart.toExponential(1)} apart, of the largest value`,
    ],
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
