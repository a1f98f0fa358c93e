import { useEffect, useRef, useState } from 'react';
import type { ChartOverSteps } from './chart-list';
import { cancelDrawing, enqueueDrawing } from './draw-queue';
import type { DrawnRun } from './drawn-run';
import { smoothingStore } from './smoothing-store';
import { type StepDrawing, stepDrawing } from './step-drawing';
import type { StepViewStore } from './step-view';
import type { RangeControl } from '../plot-zoom';

/** Charts that show the same runs, in one view. */
export interface ChartGroup {
  readonly runs: readonly DrawnRun[];
  /** Id of the run that is drawn in front. */
  readonly chosenId: string;
  readonly view: StepViewStore;
  readonly control: RangeControl;
  /** Calls back whenever the runs have new figures; none if they never have. */
  readonly subscribe?: (changed: () => void) => () => void;
}

/**
 * The drawing of a chart, made anew in the chart's turn when its runs or its view change; null
 * before there is any. A chart that is out of view is not drawn.
 */
export function useStepDrawing(
  group: ChartGroup,
  chart: ChartOverSteps,
  isInView: boolean,
): StepDrawing | null {
  const [drawing, setDrawing] = useState<StepDrawing | null>(null);
  const last = useRef<StepDrawing>(null);
  useEffect(() => {
    if (!isInView) return;
    const { runs, chosenId, view, subscribe } = group;
    const draw = () => {
      const { range, hidden, logarithmic } = view.getState();
      const smoothing = smoothingStore.getState().weight;
      const isLogarithmic = logarithmic.has(chart.title);
      const options = { chosenId, range, hidden, isLogarithmic, smoothing };
      last.current = stepDrawing(chart, runs, options, last.current);
      setDrawing(last.current);
    };
    const drawSoon = () => enqueueDrawing(draw, true);
    const ends = [
      view.subscribe(drawSoon),
      smoothingStore.subscribe(drawSoon),
      subscribe?.(() => enqueueDrawing(draw, false)),
    ];
    // Draws what came while it was out of view.
    drawSoon();
    return () => {
      for (const end of ends) end?.();
      cancelDrawing(draw);
    };
  }, [group, chart, isInView]);
  return drawing;
}
