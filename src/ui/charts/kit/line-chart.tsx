import { useMemo } from 'react';
import { Area } from 'recharts';
import { readoutAt } from '../plot-readout';
import { Rules, type Rule } from './plane/annotations';
import {
  alignedCurves,
  curveFigures,
  curveReading,
  drawnRows,
  type AlignedCurves,
  type Curve,
} from './curve';
import { curveLines } from './plane/curve-lines';
import { extentOf } from './plane/plane';
import { PlaneChart, type ChartProps } from './plane/plane-chart';
import { nearestAcross, type Stop } from './plane/reading';
import { useToggles } from './use-toggles';

export interface LineChartProps extends ChartProps {
  /** In the order of the legend; the first is drawn in front. Compared by identity. */
  readonly curves: readonly Curve[];
  readonly rules?: readonly Rule[];
}

/** Curves over a common axis, each with its colour and dashes, and an interval where it has one. */
export function LineChart(props: LineChartProps) {
  const { curves, rules = [], ...chart } = props;
  const { title: xTitle, isLogarithmic = false } = props.x;
  const { legend, isShown } = useToggles(
    curves.map(({ name, colour, dash = '' }) => ({ name, colour, dash })),
  );
  const shown = curves.filter(({ name }) => isShown(name));
  const aligned = useMemo(() => alignedCurves(curves), [curves]);
  const figures = useMemo(
    () => () => curveFigures(aligned, curves, xTitle),
    [aligned, curves, xTitle],
  );
  const rows = useMemo(
    () => drawnRows(aligned, curves, isLogarithmic ? Math.log10 : (at) => at),
    [aligned, curves, isLogarithmic],
  );
  const stretching = shown.filter(({ isCutOff }) => !isCutOff);
  return (
    <PlaneChart
      {...chart}
      data={rows}
      legend={legend}
      figures={figures}
      xExtent={extentOf(
        stretching.map((curve) => curve.x),
        isLogarithmic,
      )}
      yExtent={extentOf(
        stretching.flatMap(({ y: values, interval }) =>
          interval ? [values, interval.low, interval.high] : [values],
        ),
        chart.y.isLogarithmic,
      )}
      stops={{
        count: aligned.x.length,
        at: (index) => stopAt(aligned, curves, shown, chart, index),
        nearest: (across, _, plane) => nearestAcross(aligned.x, across, plane),
        hasLine: true,
      }}
    >
      {(plane) => (
        <>
          {curves.map(({ name, colour, interval, isStepped }, i) =>
            interval && isShown(name) ? (
              <Area
                key={`band ${name}`}
                type={isStepped ? 'stepAfter' : 'linear'}
                dataKey={`band${i}`}
                stroke="none"
                fill={colour}
                fillOpacity={0.13}
                activeDot={false}
                isAnimationActive={false}
              />
            ) : null,
          )}
          {curveLines(curves, isShown)}
          <Rules rules={rules} plane={plane} />
        </>
      )}
    </PlaneChart>
  );
}

function stopAt(
  aligned: AlignedCurves,
  curves: readonly Curve[],
  shown: readonly Curve[],
  { x, y }: ChartProps,
  index: number,
): Stop {
  const columns = aligned.columns.filter((_, i) => shown.includes(curves[i]!));
  const { layout, data } = curveReading({ x: aligned.x, columns }, shown, x, y);
  return {
    x: aligned.x[index]!,
    marks: shown.flatMap(({ colour }, i) => {
      const value = columns[i]!.y[index];
      return typeof value === 'number' ? [{ y: value, colour }] : [];
    }),
    lines: readoutAt(layout, data as Parameters<typeof readoutAt>[1], index),
  };
}
