import { SimpleGrid, Stack } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import type { CurveColumns } from '../../../runs/curve-columns';
import { ChartLegend } from '../kit/chart-legend';
import type { ChartGroup } from './chart-group';
import { mainCharts, oneCurveEach, otherCharts, validationCharts } from './chart-list';
import { nonFiniteRows, type ValidationPoint, wholeRange } from './drawn-run';
import { runKey } from './run-plan';
import { runStyle } from './run-styles';
import { StepChart } from './step-chart';
import { StepToolbar } from './step-toolbar';
import { createStepView, rangeControl, toggleShown } from './step-view';

/** A kept run whose curves are laid over those of others. */
export interface OverlaidRun {
  readonly id: string;
  readonly name: string;
  /** From 0 to 3, another for each; it gives the run its colour and dashes. */
  readonly place: number;
  readonly method: ChartGroup['runs'][number]['method'];
  readonly columns: CurveColumns;
  readonly validations: readonly ValidationPoint[];
}

export interface RunChartsProps {
  /** One to four, in a fixed order. Compared by identity. */
  readonly runs: readonly OverlaidRun[];
  /** Drawn opaque; the others are faint. */
  readonly chosenId: string;
  /** Replays the runs up to this step: what comes later is veiled. null shows all. */
  readonly upToStep: number | null;
}

/** The curves of kept runs in one set of charts. */
export function RunCharts({ runs, chosenId, upToStep }: RunChartsProps) {
  const [view] = useState(createStepView);
  const drawn = useMemo(
    () => runs.map((run) => ({ ...run, nonFiniteSteps: nonFiniteRows(run.columns) })),
    [runs],
  );
  const group = useMemo(
    (): ChartGroup => ({
      runs: drawn,
      chosenId,
      view,
      control: rangeControl(view, () => wholeRange(drawn)),
    }),
    [drawn, chosenId, view],
  );
  const charts = useMemo(() => {
    const methods = runs.map(({ method }) => method);
    const all = [
      ...mainCharts(methods),
      ...validationCharts(runs.flatMap(({ validations }) => validations)),
      ...otherCharts(methods),
    ];
    return runs.length === 1 ? all : all.flatMap(oneCurveEach);
  }, [runs]);
  return (
    <Stack gap="sm">
      <StepToolbar group={group} />
      {runs.length > 1 && <RunsLegend group={group} />}
      <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
        {charts.map((chart) => (
          <StepChart key={chart.title} chart={chart} group={group} upToStep={upToStep} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}

/** The runs with their colours and dashes, to be switched off and on in all charts. */
function RunsLegend({ group: { runs, view } }: { readonly group: ChartGroup }) {
  const hidden = useStore(view, (state) => state.hidden);
  return (
    <ChartLegend
      entries={runs.map((run) => ({
        key: run.id,
        name: run.name,
        ...runStyle(run.place),
        toggle: {
          isShown: !hidden.has(runKey(run)),
          change: () => toggleShown(view, runKey(run)),
        },
      }))}
    />
  );
}
