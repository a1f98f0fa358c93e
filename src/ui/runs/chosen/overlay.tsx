import { Button, Card, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useId, useMemo, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { RunCharts, type OverlaidRun } from '../../charts/steps/run-charts';
import { useStudio } from '../../shell/use-studio';
import { keptRuns } from '../commands';
import { PlaceError } from '../place-error';
import { MAX_SHOWN, placeOfCurves, shownRuns } from '../runs-slice';
import { lastStepOf } from './figures-at';
import { FiguresTable, type RunOnShow } from './figures-table';
import { ReplayBar } from './replay-bar';
import { SettingsTable } from './settings-table';

/** The runs on show: their curves in one set of charts, a replay, and in what they differ. */
export function Overlay({ chosenId }: { chosenId: string }) {
  const id = useId();
  const state = useStudio(({ runs }) => runs);
  const [upToStep, setUpToStep] = useState<number | null>(null);
  const runs = onShow(state);
  const drawn = useDrawnRuns();
  const lastStep = Math.max(0, ...drawn.map(lastStepOf));
  const inFront = [...runs].sort(
    (a, b) => Number(b.run.id === chosenId) - Number(a.run.id === chosenId),
  );
  const isReading = runs.some(
    ({ run, kept }) => kept === null && state.failures[placeOfCurves(run.id)] === undefined,
  );
  return (
    <Card withBorder component="section" aria-labelledby={id} data-testid="overlay">
      <Stack gap="md">
        <Group justify="space-between" gap="xs">
          <Title order={2} size="h5" id={id}>
            {runs.length === 1 ? 'Its curves' : `${runs.length} runs overlaid`}
          </Title>
          <Button
            size="xs"
            variant="default"
            loading={state.pending.report !== undefined}
            onClick={() => void keptRuns.report()}
          >
            Download a report
          </Button>
        </Group>
        <PlaceError place="report" title="The report" />
        <FiguresTable runs={runs} chosenId={chosenId} upToStep={upToStep} />
        <Title order={3} size="h6">
          {runs.length === 1 ? 'Settings' : 'In what they differ'}
        </Title>
        <SettingsTable runs={inFront.map(({ run }) => run)} />
        {runs.length === 1 && (
          <Text size="xs" c="dimmed">
            Tick up to {MAX_SHOWN} runs in the list to lay their curves over each other.
          </Text>
        )}
        {lastStep > 0 && (
          <ReplayBar lastStep={lastStep} upToStep={upToStep} setUpToStep={setUpToStep} />
        )}
        {runs.map(({ run }) => (
          <PlaceError
            key={run.id}
            place={placeOfCurves(run.id)}
            title={`The curves of ${run.name}`}
          />
        ))}
        {isReading && drawn.length === 0 && (
          <Skeleton height={200} role="status" aria-label="Reading the curves" />
        )}
        {drawn.length === 0 && runs.every(({ kept }) => kept !== null) && (
          <Text size="sm" c="dimmed">
            There are no curves: it has taken no step yet.
          </Text>
        )}
        {drawn.length > 0 && <RunCharts runs={drawn} chosenId={chosenId} upToStep={upToStep} />}
      </Stack>
    </Card>
  );
}

/** The runs that have curves; the same array until curves, names or methods change. */
function useDrawnRuns(): readonly OverlaidRun[] {
  // A star or a note makes a new list of runs, and is no reason to draw everything anew.
  const ids = useStudio(useShallow(({ runs }) => shownRuns(runs).map(({ id }) => id)));
  const places = useStudio(({ runs }) => runs.places);
  const curves = useStudio(({ runs }) => runs.curves);
  const names = useStudio(useShallow(({ runs }) => shownRuns(runs).map(({ name }) => name)));
  const methods = useStudio(
    useShallow(({ runs }) => shownRuns(runs).map(({ config }) => config.method)),
  );
  return useMemo(
    () =>
      ids.flatMap((id, i) => {
        const kept = curves[id]?.kept;
        if (!kept || kept.columns.step.length === 0) return [];
        const { columns, validations } = kept;
        return [
          { id, name: names[i]!, place: places[id]!, method: methods[i]!, columns, validations },
        ];
      }),
    [ids, curves, names, methods, places],
  );
}

const onShow = (state: Parameters<typeof shownRuns>[0]): RunOnShow[] =>
  shownRuns(state).map((run) => ({ run, kept: state.curves[run.id]?.kept ?? null }));
