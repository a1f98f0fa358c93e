import { useEffect, useState } from 'react';
import type { StepMetrics } from '../../training/session/run-events';
import { series, studioStore } from '../shell/studio-store';

/** Milliseconds between two drawings, whichever charts they are of. */
const DRAW_INTERVAL_MS = 100;

/**
 * Charts take turns: seven drawings and seven renderings at once would hold up whoever types or
 * clicks. Each is drawn anew when its turn comes, as long as there is something new and the page is
 * seen.
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

/** A chart's figures: a column for each name, null where a figure is no finite number. */
export type MetricColumns = readonly (readonly (number | null)[])[];

/**
 * The run's figures for one chart: null before there are any, and renewed at each of the chart's
 * turns; a chart out of sight has none.
 */
export function useMetricColumns(
  names: readonly (keyof StepMetrics)[],
  inSight: boolean,
): MetricColumns | null {
  const [columns, setColumns] = useState<MetricColumns | null>(null);
  useEffect(() => {
    if (!inSight) return;
    const draw = () => {
      const now = series.columns(names);
      const finite = (value: number) => (Number.isFinite(value) ? value : null);
      setColumns(now[0]!.length > 0 ? now.map((column) => column.map(finite)) : null);
    };
    const unsubscribe = studioStore.subscribe(
      (state, before) => state.revision !== before.revision && enqueue(draw),
    );
    // What came while it was out of sight.
    enqueue(draw);
    return () => {
      unsubscribe();
      queue.delete(draw);
    };
  }, [names, inSight]);
  return columns;
}
