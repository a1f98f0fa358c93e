import { useInViewport } from '@mantine/hooks';
import { memo, useMemo } from 'react';
import type { StepMetrics } from '../../training/run-events';
import { ChartCard } from './chart-card';
import { useMetricColumns } from './chart-clock';
import { Plot } from './plot';
import type { PlotLayout, PlotSeries } from './plot-layout';
import { shortNumber } from './short-number';

/** A run that begins among these is drawn from 0 on, which makes its ticks round. */
const FIRST_STEPS = 50;
const HEIGHT = 200;
const BAND_COLOUR = 'var(--mantine-color-indigo-5)';

/** A curve over steps. */
export interface Curve {
  readonly key: keyof StepMetrics;
  readonly name: string;
  readonly colour: string;
  readonly dash?: string;
}

/** What a chart over steps shows. */
export interface StepChartProps {
  readonly title: string;
  readonly curves: readonly Curve[];
  /** Two quantiles, and what the band between them is called. */
  readonly band?: readonly [keyof StepMetrics, keyof StepMetrics, string];
  /** Writes a figure of the vertical axis; short numbers where nothing else is said. */
  readonly tick?: (value: number) => string;
}

/** Curves over steps, with a band behind them where one is named. Draws itself anew as the run goes. */
export const StepChart = memo(function StepChart(props: StepChartProps) {
  const { ref, inViewport } = useInViewport();
  const { title, curves, band } = props;
  return (
    <ChartCard ref={ref} title={title} height={HEIGHT} legend={[...curves, ...(band ? [{ name: band[2], colour: BAND_COLOUR }] : [])]}>
      <StepPlot {...props} isInSight={inViewport} />
    </ChartCard>
  );
});

function StepPlot({ title, curves, band, tick, isInSight }: StepChartProps & { readonly isInSight: boolean }) {
  const names = useMemo(() => ['step', ...curves.map(({ key }) => key), ...(band?.slice(0, 2) ?? [])] as (keyof StepMetrics)[], [curves, band]);
  const layout = useMemo((): PlotLayout => {
    const edge = (name: string): PlotSeries => ({ name, kind: 'edge', colour: BAND_COLOUR });
    return {
      x: { name: 'step', isWhole: true, inFull: String, ends: (first, last) => [first < FIRST_STEPS ? 0 : first, last] },
      y: { name: title, tick: tick ?? shortNumber, inFull: tick },
      series: [...curves.map((curve) => ({ ...curve, kind: 'line' as const })), ...(band ? [edge(band[0]), edge(band[1])] : [])],
      ...(band && { bands: [{ name: band[2], low: curves.length, high: curves.length + 1, colour: BAND_COLOUR, opacity: 0.2 }] }),
    };
  }, [title, curves, band, tick]);
  const columns = useMetricColumns(names, isInSight);
  return columns && <Plot label={title} layout={layout} data={columns} height={HEIGHT} />;
}
