import { SimpleGrid, type SimpleGridProps } from '@mantine/core';
import { useEffect, useMemo } from 'react';
import type { ChartGroup } from '../../charts/steps/chart-group';
import type { ChartOverSteps } from '../../charts/steps/chart-list';
import { wholeRange, type DrawnRun } from '../../charts/steps/drawn-run';
import { StepChart } from '../../charts/steps/step-chart';
import { createStepView, rangeControl } from '../../charts/steps/step-view';
import { series, studioStore } from '../../shell/studio-store';

/** The view of the run that is shown, kept while the person looks at other places. */
const view = createStepView();

/** The charts' group of the run that is shown. */
export function useLiveGroup(method: DrawnRun['method']): ChartGroup {
  // Another run begins at its first step.
  useEffect(
    () =>
      studioStore.subscribe(({ latest }, before) => {
        if (latest === null && before.latest !== null) view.setState({ range: null });
      }),
    [],
  );
  return useMemo(() => {
    const run: DrawnRun = {
      id: 'shown',
      name: 'this run',
      place: 0,
      method,
      get columns() {
        return series.columns;
      },
      get nonFiniteSteps() {
        return series.nonFiniteSteps;
      },
      get validations() {
        return studioStore.getState().validations;
      },
    };
    const runs = [run];
    return {
      runs,
      chosenId: run.id,
      view,
      control: rangeControl(view, () => wholeRange(runs)),
      subscribe: (changed) =>
        studioStore.subscribe((state, before) => {
          if (state.revision !== before.revision || state.validations !== before.validations)
            changed();
        }),
    };
  }, [method]);
}

/** Charts of the run that is shown, redrawn while it goes on. */
export function LiveCharts({
  group,
  charts,
  cols,
}: {
  readonly group: ChartGroup;
  readonly charts: readonly ChartOverSteps[];
  readonly cols: SimpleGridProps['cols'];
}) {
  return (
    <SimpleGrid cols={cols}>
      {charts.map((chart) => (
        <StepChart key={chart.title} chart={chart} group={group} />
      ))}
    </SimpleGrid>
  );
}
