import { useInViewport } from '@mantine/hooks';
import { memo, useMemo } from 'react';
import type { StepMetrics } from '../../training/session/run-events';
import { series } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';
import { ChartCard } from './chart-card';
import { useMetricColumns } from './draw-queue';
import type { NonFiniteStep } from './metric-series';
import { Plot } from './plot';
import type { PlotLayout, PlotSeries } from './plot-layout';
import { shortNumber } from '../../core/short-number';

/** If a run's first step is below this, its axis begins at 0, which gives round ticks. */
const FIRST_STEPS = 50;
const HEIGHT = 200;
const BREAK_COLOUR = 'var(--mantine-color-red-6)';
const BAND_COLOUR = 'var(--mantine-color-indigo-5)';

/** A curve over steps. */
export interface Curve {
  readonly key: keyof StepMetrics;
  readonly name: string;
  readonly colour: string;
  readonly dash?: string;
}

export interface StepChartProps {
  readonly title: string;
  readonly curves: readonly Curve[];
  /** Two quantiles, and the name of the band between them. */
  readonly band?: readonly [keyof StepMetrics, keyof StepMetrics, string];
  /** Formats a tick of the vertical axis; as a short number by default. */
  readonly tick?: (value: number) => string;
  /** The possible values. */
  readonly bounds?: readonly [number, number];
}

/** Curves over steps, with an optional band behind them, redrawn during the run. */
export const StepChart = memo(function StepChart(props: StepChartProps) {
  const { ref, inViewport } = useInViewport();
  const { title, curves, band } = props;
  // The list is replaced only if it changes, so the card renders again only then.
  const steps = useStudio(() => series.nonFiniteSteps);
  const breaks = useMemo(() => breaksOf(steps, curves), [steps, curves]);
  const further = breaks.length > 1 ? `, and at ${breaks.length - 1} more` : '';
  const legend = [
    ...curves,
    ...(band ? [{ name: band[2], colour: BAND_COLOUR }] : []),
    ...breaks.slice(0, 1).map(({ step, what }) => ({
      name: `${what} at step ${step}${further}`,
      colour: BREAK_COLOUR,
    })),
  ];
  return (
    <ChartCard ref={ref} title={title} height={HEIGHT} legend={legend}>
      <StepPlot {...props} isInView={inViewport} breaks={breaks} />
    </ChartCard>
  );
});

/** A step at which a curve isn't finite, and its value as text. */
interface Break {
  readonly step: number;
  readonly what: string;
}

function breaksOf(steps: readonly NonFiniteStep[], curves: readonly Curve[]): readonly Break[] {
  const keys = curves.map(({ key }) => key);
  return steps.flatMap((figures) => {
    const value = (['loss', 'kappaMean'] as const)
      .filter((key) => keys.includes(key))
      .map((key) => figures[key])
      .find((each) => !Number.isFinite(each));
    return value === undefined ? [] : [{ step: figures.step, what: String(value) }];
  });
}

interface StepPlotProps extends StepChartProps {
  readonly isInView: boolean;
  readonly breaks: readonly Break[];
}

function StepPlot({ title, curves, band, tick, bounds, isInView, breaks }: StepPlotProps) {
  const names = useMemo(
    () =>
      [
        'step',
        ...curves.map(({ key }) => key),
        ...(band?.slice(0, 2) ?? []),
      ] as (keyof StepMetrics)[],
    [curves, band],
  );
  const layout = useMemo((): PlotLayout => {
    const edge = (name: string): PlotSeries => ({ name, kind: 'edge', colour: BAND_COLOUR });
    const gap = (step: number) => breaks.find((each) => each.step === step)?.what ?? 'NaN';
    return {
      x: {
        name: 'step',
        isWhole: true,
        inFull: String,
        ends: (first, last) => [first < FIRST_STEPS ? 0 : first, last],
      },
      y: { name: title, tick: tick ?? shortNumber, inFull: tick, bounds },
      series: [
        ...curves.map((curve) => ({ ...curve, kind: 'line' as const, gap })),
        ...(band ? [edge(band[0]), edge(band[1])] : []),
      ],
      ...(band && {
        bands: [
          {
            name: band[2],
            low: curves.length,
            high: curves.length + 1,
            colour: BAND_COLOUR,
            opacity: 0.2,
          },
        ],
      }),
      lines: breaks.map(({ step }) => ({ axis: 'x', at: step, colour: BREAK_COLOUR, dash: '4 3' })),
    };
  }, [title, curves, band, tick, bounds, breaks]);
  const columns = useMetricColumns(names, isInView);
  return columns && <Plot label={title} layout={layout} data={columns} height={HEIGHT} />;
}
