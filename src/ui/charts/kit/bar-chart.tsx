import { useMemo } from 'react';
import { Bar } from 'recharts';
import { valueText } from './chart-axis';
import { PlaneChart, type ChartProps } from './plane/plane-chart';
import { nearestAcross } from './plane/reading';

export interface BarChartProps extends Omit<ChartProps, 'x'> {
  /** From left to right. Compared by identity. */
  readonly bars: readonly { readonly label: string; readonly value: number }[];
  /** What the labels say. */
  readonly xTitle: string;
  /** Confidence's blue by default. */
  readonly colour?: string;
}

/** Share of its place that a bar fills, and the width that it never exceeds, in pixels. */
const [FILLED, WIDEST] = [0.82, 56];

/** A histogram, or a few named amounts. */
export function BarChart(props: BarChartProps) {
  const { bars, xTitle, colour = 'var(--scf-confidence)', y, ...rest } = props;
  const places = useMemo(() => bars.map((_, place) => place), [bars]);
  const rows = useMemo(() => bars.map(({ value }, x) => ({ x, value })), [bars]);
  const figures = useMemo(
    () => () => ({
      heads: [xTitle, y.title],
      count: bars.length,
      rowAt: (i: number) => [bars[i]!.label, bars[i]!.value],
    }),
    [bars, xTitle, y.title],
  );
  return (
    <PlaneChart
      {...rest}
      x={{
        title: xTitle,
        ends: () => [-0.5, bars.length - 0.5],
        ticks: places,
        tick: (place) => bars[place]?.label ?? '',
      }}
      y={{ ends: (_, most) => [0, most > 0 ? 1.05 * most : 1], bounds: [0, Infinity], ...y }}
      data={rows}
      legend={[]}
      figures={figures}
      xExtent={[0, bars.length - 1]}
      yExtent={[0, Math.max(0, ...bars.map(({ value }) => value))]}
      stops={{
        count: bars.length,
        at: (place) => ({
          x: place,
          marks: [],
          lines: [
            `${xTitle}: ${bars[place]!.label}`,
            `${y.name ?? y.title}: ${valueText(y, bars[place]!.value)}`,
          ],
        }),
        nearest: (across, _, plane) => nearestAcross(places, across, plane),
        hasLine: true,
      }}
    >
      {({ left, right }) => (
        <Bar
          dataKey="value"
          fill={colour}
          radius={[2, 2, 0, 0]}
          barSize={Math.min(WIDEST, (FILLED * (right - left)) / bars.length)}
          isAnimationActive={false}
        />
      )}
    </PlaneChart>
  );
}
