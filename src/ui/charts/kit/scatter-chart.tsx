import { useMemo } from 'react';
import { valueText } from './chart-axis';
import type { ChartFigures } from './export/chart-figures';
import { alignedCurves, drawnRows, type Curve } from './curve';
import { curveLines } from './plane/curve-lines';
import { DotCloud } from './plane/dot-cloud';
import { extentOf, type Plane } from './plane/plane';
import { PlaneChart, type ChartProps } from './plane/plane-chart';
import type { Stop } from './plane/reading';
import { useToggles } from './use-toggles';

/** Points of a scatter chart, as columns of the same length. */
export interface Points {
  /** What one of them is: "a picture". */
  readonly name: string;
  readonly colour: string;
  /** A point with a value that isn't finite isn't drawn. */
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

export interface ScatterChartProps extends ChartProps {
  /** Thousands are fine. Compared by identity. */
  readonly points: Points;
  /** Drawn over the points, such as a theory's line. Compared by identity. */
  readonly curves?: readonly Curve[];
  /** Indices of points that are ringed. */
  readonly highlighted?: readonly number[];
  /** What else is read of a point, such as whose picture it is. */
  readonly textOf?: (index: number) => string;
  /** A click on a point or Enter opens it. */
  readonly onOpen?: (index: number) => void;
  /** Called as the pointer or the keys come to another point; null when they leave. */
  readonly onHover?: (index: number | null) => void;
}

/** A point is meant by a pointer that is so near, in pixels. */
const REACH = 24;
const NO_CURVES: readonly Curve[] = [];

/** Points that no line joins, each to be read and opened, and curves over them. */
export function ScatterChart(props: ScatterChartProps) {
  const { points, curves = NO_CURVES, highlighted = [], textOf, onOpen, onHover, ...chart } = props;
  const { x, y } = chart;
  const { legend, isShown } = useToggles([
    { name: points.name, colour: points.colour },
    ...curves.map(({ name, colour, dash = '' }) => ({ name, colour, dash })),
  ]);
  const order = useMemo(() => drawnOrder(points), [points]);
  const figures = useMemo(
    () => () => scatterFigures(points, order, curves, [x.title, y.title]),
    [order, points, curves, x.title, y.title],
  );
  const rows = useMemo(() => drawnRows(alignedCurves(curves), curves, (at) => at), [curves]);
  const arePointsShown = isShown(points.name);
  const stretching = curves.filter(({ name, isCutOff }) => !isCutOff && isShown(name));
  return (
    <PlaneChart
      {...chart}
      data={rows}
      legend={legend}
      figures={figures}
      xExtent={extentOf([points.x, ...stretching.map((curve) => curve.x)], x.isLogarithmic)}
      yExtent={extentOf([points.y, ...stretching.map((curve) => curve.y)], y.isLogarithmic)}
      stops={{
        count: arePointsShown ? order.length : 0,
        at: (place) => stopAt(points, order[place]!, chart, textOf),
        nearest: (left, top, plane) => nearestPoint(points, order, left, top, plane),
        ...(onOpen && { onOpen: (place) => onOpen(order[place]!) }),
        ...(onHover && { onRead: (place) => onHover(place === null ? null : order[place]!) }),
      }}
    >
      {(plane) => (
        <>
          {arePointsShown && (
            <DotCloud points={points} order={order} highlighted={highlighted} plane={plane} />
          )}
          {curveLines(curves, isShown)}
        </>
      )}
    </PlaneChart>
  );
}

function scatterFigures(
  { name, x, y }: Points,
  order: readonly number[],
  curves: readonly Curve[],
  titles: readonly [x: string, y: string],
): ChartFigures {
  const ofCurves = curves.flatMap((curve) =>
    Array.from(curve.x, (at, i) => [curve.name, at, curve.y[i] ?? null]),
  );
  return {
    heads: ['what', ...titles],
    count: order.length + ofCurves.length,
    rowAt: (row) => {
      const i = order[row];
      return i === undefined ? ofCurves[row - order.length]! : [name, x[i]!, y[i]!];
    },
  };
}

/** Indices of the points that are drawn, from left to right: arrow keys follow this order. */
function drawnOrder({ x, y }: Points): readonly number[] {
  return Array.from({ length: x.length }, (_, i) => i)
    .filter((i) => Number.isFinite(x[i]!) && Number.isFinite(y[i]!))
    .sort((a, b) => x[a]! - x[b]! || y[a]! - y[b]!);
}

function stopAt(
  { colour, x: across, y: up }: Points,
  index: number,
  { x, y }: ChartProps,
  textOf: ((index: number) => string) | undefined,
): Stop {
  const [at, value] = [across[index]!, up[index]!];
  return {
    x: at,
    marks: [{ y: value, colour }],
    lines: [
      `${x.name ?? x.title} ${valueText(x, at)}`,
      `${y.name ?? y.title}: ${valueText(y, value)}`,
      ...(textOf ? [textOf(index)] : []),
    ],
  };
}

function nearestPoint(
  { x, y }: Points,
  order: readonly number[],
  left: number,
  top: number,
  { toX, toY }: Plane,
): number | null {
  let [nearest, least]: [number | null, number] = [null, REACH ** 2];
  order.forEach((index, place) => {
    const distance = (toX(x[index]!) - left) ** 2 + (toY(y[index]!) - top) ** 2;
    if (distance < least) [nearest, least] = [place, distance];
  });
  return nearest;
}
