import { Button, Text, useMantineTheme } from '@mantine/core';
import { useInViewport } from '@mantine/hooks';
import { memo, useMemo } from 'react';
import { useStore } from 'zustand';
import { ChartFrame } from '../kit/chart-frame';
import type { LegendEntry } from '../kit/chart-legend';
import { Plot } from '../plot';
import { type ChartGroup, useStepDrawing } from './chart-group';
import type { ChartOverSteps } from './chart-list';
import { BAND_COLOUR, type Break, curveKey, isSmoothed, UNSMOOTHED } from './run-plan';
import { stepFigures } from './saved/step-figures';
import { stepPicture } from './saved/step-picture';
import { themeColour } from '../theme-colour';
import { smoothingStore } from './smoothing-store';
import { BREAK_COLOUR } from './step-drawing';
import { toggleLogarithmic, toggleShown } from './step-view';

const HEIGHT = 260;

export interface StepChartProps {
  readonly chart: ChartOverSteps;
  readonly group: ChartGroup;
  /** What comes after this step is veiled; null for nothing. */
  readonly upToStep?: number | null;
}

/** Curves over steps of one or more runs, redrawn while they go on. */
export const StepChart = memo(function StepChart({
  chart,
  group,
  upToStep = null,
}: StepChartProps) {
  const { ref, inViewport } = useInViewport();
  const drawing = useStepDrawing(group, chart, inViewport);
  const legend = [...useLegend(chart, group), ...breakEntries(drawing?.breaks ?? [])];
  const theme = useMantineTheme();
  const { title, description } = chart;
  const figures = useMemo(
    () => drawing && (() => stepFigures(chart, group.runs)),
    [drawing, chart, group],
  );
  return (
    <ChartFrame
      ref={ref}
      {...{ title, description, legend }}
      height={HEIGHT}
      figures={figures}
      picture={() => drawing && stepPicture(drawing, { title, description, legend }, theme)}
      tools={
        <LogarithmicSwitch chart={chart} group={group} isPossible={drawing?.canBeLogarithmic} />
      }
    >
      {drawing && (
        <Plot
          label={title}
          layout={drawing.layout}
          data={drawing.data}
          shownX={drawing.shownX}
          upToX={upToStep}
          rangeControl={group.control}
          height={HEIGHT}
        />
      )}
    </ChartFrame>
  );
});

/** Curves of a run alone, the band and the unsmoothed curves. Overlaid runs have one legend. */
function useLegend(chart: ChartOverSteps, { runs, view }: ChartGroup): readonly LegendEntry[] {
  const hidden = useStore(view, (state) => state.hidden);
  const smoothing = useStore(smoothingStore, ({ weight }) => weight);
  const toggle = (key: string) => ({
    isShown: !hidden.has(key),
    change: () => toggleShown(view, key),
  });
  const isAlone = runs.length === 1;
  const curves = isAlone ? chart.curves : [];
  const band = chart.of === 'steps' ? chart.band : undefined;
  const areSwitches = curves.length > 1 || band !== undefined;
  return [
    ...curves.map(({ name, colour, dash = '' }) => ({
      name,
      colour,
      dash,
      ...(areSwitches && { toggle: toggle(curveKey(chart, name)) }),
    })),
    ...(band
      ? [{ name: band[2], colour: BAND_COLOUR, toggle: toggle(curveKey(chart, band[2])) }]
      : []),
    ...(isSmoothed(chart, smoothing)
      ? [
          {
            name: 'unsmoothed',
            colour: themeColour('gray'),
            dash: '',
            toggle: toggle(UNSMOOTHED),
          },
        ]
      : []),
  ];
}

function breakEntries(breaks: readonly Break[]): readonly LegendEntry[] {
  const further = breaks.length > 1 ? `, and at ${breaks.length - 1} more` : '';
  return breaks.slice(0, 1).map(({ step, what }) => ({
    name: `${what} at step ${step}${further}`,
    colour: BREAK_COLOUR,
  }));
}

/** Makes the axis logarithmic, or says why it can't be. */
function LogarithmicSwitch({
  chart,
  group,
  isPossible,
}: StepChartProps & {
  /** undefined while nothing is drawn. */
  readonly isPossible: boolean | undefined;
}) {
  const isOn = useStore(group.view, ({ logarithmic }) => logarithmic.has(chart.title));
  if (isPossible === undefined) return null;
  if (!isPossible)
    return (
      <Text size="xs" c="dimmed" flex="none">
        no log axis: not all above 0
      </Text>
    );
  return (
    <Button
      size="compact-xs"
      flex="none"
      variant={isOn ? 'light' : 'default'}
      aria-pressed={isOn}
      aria-label={`Logarithmic axis, ${chart.title}`}
      onClick={() => toggleLogarithmic(group.view, chart.title)}
    >
      log
    </Button>
  );
}
