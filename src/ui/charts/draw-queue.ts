import { useEffect, useState } from 'react';
import type { StepMetrics } from '../../training/session/run-events';
import { series, studioStore } from '../shell/studio-store';

/** Milliseconds between two charts' drawings. */
const DRAW_INTERVAL_MS = 100;

/**
 * Charts are drawn in turns: drawing all seven together would delay typing and clicks. A chart is
 * redrawn in its turn if it has new data and the page is visible.
 */
const queue = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

function drawNext(): void {
  timer = undefined;
  const [draw] = queue;
  if (draw && !document.hidden) {
    queue.delete(draw);
    draw();
  }
  if (queue.size > 0) timer = setTimeout(drawNext, DRAW_INTERVAL_MS);
}

function enqueue(draw: () => void): void {
  queue.add(draw);
  timer ??= setTimeout(drawNext, DRAW_INTERVAL_MS);
}

/** A chart's figures: a column for each name, with null for a figure that isn't finite. */
export type MetricColumns = readonly (readonly (number | null)[])[];

/**
 * The run's figures for one chart, updated in each of its turns; null before there are any. A chart
 * that is out of view is not updated.
 */
export function useMetricColumns(
  names: readonly (keyof StepMetrics)[],
  isInView: boolean,
): MetricColumns | null {
  const [columns, setColumns] = useState<MetricColumns | null>(null);
  useEffect(() => {
    if (!isInView) return;
    const draw = () => {
      const now = series.columns(names);
      const finite = (value: number) => (Number.isFinite(value) ? value : null);
      setColumns(now[0]!.length > 0 ? now.map((column) => column.map(finite)) : null);
    };
    const unsubscribe = studioStore.subscribe((state, before) => {
      if (state.revision !== before.revision) enqueue(draw);
    });
    // Draws the figures that came while it was out of view.
    enqueue(draw);
    return () => {
      unsubscribe();
      queue.delete(draw);
    };
  }, [names, isInView]);
  return columns;
}
