import { useMantineTheme } from '@mantine/core';
import { useCallback, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { CartesianGrid, ComposedChart, XAxis, YAxis } from 'recharts';
import { ChartFrame, type ChartWords } from '../chart-frame';
import type { ChartAxis } from '../chart-axis';
import type { ChartFigures } from '../export/chart-figures';
import type { LegendEntry } from '../chart-legend';
import { lightColours } from '../export/light-colours';
import { planeOf, TICKS_BELOW, type Extent, type Plane } from './plane';
import type { Stops } from './reading';
import { ReadingArea } from './reading-area';
import { standaloneSvg } from '../export/standalone-svg';

/** What all charts of the kit take. */
export interface ChartProps extends ChartWords {
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  /** In pixels; 300 by default. */
  readonly height?: number;
  /** Further controls at the right of the title. */
  readonly tools?: ReactNode;
}

interface PlaneChartProps extends ChartProps {
  readonly xExtent: Extent;
  readonly yExtent: Extent;
  /** Rows of what Recharts draws. */
  readonly data?: readonly object[];
  readonly legend: readonly LegendEntry[];
  readonly figures: () => ChartFigures;
  readonly stops: Stops;
  /** What is drawn, by Recharts or at places of the plane. */
  readonly children: (plane: Plane) => ReactNode;
}

const TEXT = { fontSize: 13, fill: 'var(--mantine-color-dimmed)' };

/** A chart with two axes, drawn by Recharts, and read by pointer and keys. */
export function PlaneChart(props: PlaneChartProps) {
  const { title, description, x, y, height = 300, legend, figures, stops, children } = props;
  const theme = useMantineTheme();
  const [host, width] = useWidth();
  const plane =
    width === 0
      ? null
      : planeOf({
          ...{ width, height, xAxis: x, yAxis: y },
          ...{ xExtent: props.xExtent, yExtent: props.yExtent },
        });
  const picture = useCallback(() => {
    const drawing = host.current?.querySelector('svg');
    if (!drawing) return null;
    const words = { title, description, legend };
    return standaloneSvg(drawing, drawing.getBoundingClientRect(), words, lightColours(theme));
  }, [host, title, description, legend, theme]);

  return (
    <ChartFrame {...{ title, description, legend, figures, picture, height }} tools={props.tools}>
      <ReadingArea ref={host} {...{ title, plane, stops, height }}>
        {plane && (
          <Drawing plane={plane} xTitle={x.title} yTitle={y.title} data={props.data}>
            {children(plane)}
          </Drawing>
        )}
      </ReadingArea>
    </ChartFrame>
  );
}

/** What Recharts says of a tick. */
interface TickPlace {
  readonly x: number | string;
  readonly y: number | string;
  readonly index: number;
}

interface DrawingProps {
  readonly plane: Plane;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly data: readonly object[] | undefined;
  readonly children: ReactNode;
}

function Drawing({ plane, xTitle, yTitle, data, children }: DrawingProps) {
  const { width, height, left, right, top, bottom, x, y } = plane;
  const margin = { top, left: 0, right: width - right, bottom: height - bottom - TICKS_BELOW };
  return (
    <ComposedChart
      {...{ width, height, margin }}
      data={data as object[]}
      accessibilityLayer={false}
      style={{ outline: 'none' }}
    >
      <CartesianGrid vertical={false} stroke="var(--scf-rule)" />
      <XAxis
        type="number"
        dataKey="x"
        domain={[...x.ends]}
        scale={x.isLogarithmic ? 'log' : 'linear'}
        allowDataOverflow
        ticks={[...x.ticks]}
        interval={0}
        height={TICKS_BELOW}
        tick={({ x: place, index }: TickPlace) => (
          <text {...TEXT} x={place} y={bottom + 18} textAnchor="middle">
            {x.texts[index]}
          </text>
        )}
        tickLine={false}
        axisLine={{ stroke: 'var(--scf-rule)' }}
      />
      <YAxis
        type="number"
        domain={[...y.ends]}
        scale={y.isLogarithmic ? 'log' : 'linear'}
        allowDataOverflow
        ticks={[...y.ticks]}
        interval={0}
        width={left}
        tick={({ y: place, index }: TickPlace) => (
          <text {...TEXT} x={left - 8} y={Number(place) + 4.5} textAnchor="end">
            {y.texts[index]}
          </text>
        )}
        tickLine={false}
        axisLine={false}
      />
      <text {...TEXT} x={0} y={14}>
        {yTitle}
      </text>
      <text {...TEXT} x={right} y={height - 6} textAnchor="end">
        {xTitle}
      </text>
      {children}
    </ComposedChart>
  );
}

/** The width of an element, followed as it changes; 0 before it is known. */
function useWidth() {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const { current } = element;
    if (!current) return;
    const measure = () => setWidth(current.clientWidth);
    measure();
    const resizing = new ResizeObserver(measure);
    resizing.observe(current);
    return () => resizing.disconnect();
  }, []);
  return [element, width] as const;
}
