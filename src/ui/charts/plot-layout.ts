import uPlot from 'uplot';
import { axisEnds, type AxisRange } from './axis-ends';

/** What an axis measures and how it is marked. */
export interface PlotAxis extends AxisRange {
  /** What stands on it, as the readout calls it. */
  readonly name: string;
  /** Writes a tick, in so many figures: {@link tickTexts} asks for three, or more. */
  readonly tick?: (value: number, figures: number) => string;
  /** Writes a value for the readout, with five figures where nothing is said. */
  readonly inFull?: (value: number) => string;
  /** Where ticks stand; round numbers where nothing is said. */
  readonly ticks?: readonly number[];
  readonly isWhole?: boolean;
  /** Room for its ticks, in pixels. */
  readonly size?: number;
}

/** A curve, a row of bars, or dots. An `edge` isn't drawn: it bounds a band. */
export interface PlotSeries {
  readonly name: string;
  readonly kind: 'line' | 'bars' | 'dots' | 'edge';
  /** Anything that CSS takes, a variable of the theme among it. */
  readonly colour: string;
  /** Lengths of strokes and gaps in pixels. */
  readonly dash?: string;
  /** In pixels. */
  readonly width?: number;
  /** 1 where nothing is said. */
  readonly opacity?: number;
  /** Runs out of the plot where it is higher than the others, which set the axis. */
  readonly isCutOff?: boolean;
  /** Is measured on the axis at the right. */
  readonly isRight?: boolean;
  /**
   * Says what stands at an abscissa where a curve has no value, and breaks it there; a curve
   * without it goes on across.
   */
  readonly gap?: (x: number) => string;
}

/** An area between two series, given by their places among the layout's. */
export interface PlotBand {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly colour: string;
  readonly opacity: number;
}

/** A straight line across the plot, drawn where it lies within the axis's ends. */
export interface PlotLine {
  readonly axis: 'x' | 'y';
  readonly at: number;
  readonly colour: string;
  readonly dash?: string;
  readonly width?: number;
}

/** All of a plot but its numbers. */
export interface PlotLayout {
  readonly x: PlotAxis;
  readonly y: PlotAxis;
  readonly right?: PlotAxis;
  readonly series: readonly PlotSeries[];
  readonly bands?: readonly PlotBand[];
  readonly lines?: readonly PlotLine[];
}

/**
 * Abscissae in ascending order, and a column of as many values for each series; null where there is
 * none.
 */
export type PlotData = readonly (readonly (number | null)[])[];

const wholeSteps = Array.from({ length: 10 }, (_, power) =>
  [1, 2, 5].map((first) => first * 10 ** power),
).flat();

/**
 * The layout in uPlot's terms. Colours of the theme become what they are at the moment: a canvas
 * knows no variables.
 * @param width @param height of the whole plot, in pixels
 */
export function plotOptions(layout: PlotLayout, width: number, height: number): uPlot.Options {
  const [ink, gridInk] = [
    resolved('var(--mantine-color-dimmed)'),
    resolved('var(--mantine-color-default-border)'),
  ];
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const axis = (
    scale: string,
    { tick, ticks, isWhole, size = 58 }: PlotAxis,
    side: uPlot.Axis.Side,
  ): uPlot.Axis => ({
    scale,
    side,
    font,
    stroke: ink,
    size: side === 2 ? 26 : size,
    gap: 3,
    ...(ticks && { splits: [...ticks] }),
    ...(isWhole && { incrs: wholeSteps }),
    values: (_, splits) => tickTexts(splits, tick ?? String),
    grid: { show: scale !== 'right', stroke: gridInk, width: 1, dash: [3, 3] },
    ticks: { stroke: gridInk, width: 1, size: 4 },
    border: { show: true, stroke: gridInk, width: 1 },
  });
  return {
    width,
    height,
    // At the right there is room for half of the last tick.
    padding: [6, layout.right ? 0 : 18, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { size: 6 } },
    scales: {
      x: { time: false, ...scaleOf(layout.x) },
      y: scaleOf(layout.y),
      ...(layout.right && { right: scaleOf(layout.right) }),
    },
    axes: [
      axis('x', layout.x, 2),
      axis('y', layout.y, 3),
      ...(layout.right ? [axis('right', layout.right, 1)] : []),
    ],
    series: [{}, ...layout.series.map(seriesOf)],
    bands: layout.bands?.map(({ low, high, colour, opacity }) => ({
      series: [high + 1, low + 1],
      fill: translucent(resolved(colour), opacity),
    })),
    hooks: { draw: [(plot) => layout.lines?.forEach((line) => drawLine(plot, line))] },
  };
}

function scaleOf(reach: PlotAxis): uPlot.Scale {
  if (!reach.ends && !reach.bounds) return { ...(reach.isLogarithmic && { distr: 3 }) };
  const padded = (least: number, most: number) =>
    uPlot.rangeNum(least, most, 0.1, true) as [number, number];
  return {
    ...(reach.isLogarithmic && { distr: 3 }),
    range: (_, least, most) => axisEnds(reach, least, most, padded),
  };
}

function seriesOf({
  name,
  kind,
  colour,
  dash,
  width = 1.6,
  opacity = 1,
  isCutOff,
  isRight,
  gap,
}: PlotSeries): uPlot.Series {
  const ink = resolved(colour);
  const common: uPlot.Series = {
    label: name,
    scale: isRight ? 'right' : 'y',
    alpha: opacity,
    auto: !isCutOff,
    points: { show: false },
  };
  switch (kind) {
    case 'line':
      return {
        ...common,
        stroke: ink,
        width,
        dash: dashOf(dash),
        spanGaps: !gap,
        // A point that no line leads to or from would not be drawn.
        points: {
          show: (plot, series) => lonePoints(plot.data[series]!, !gap).length > 0,
          filter: (plot, series) => lonePoints(plot.data[series]!, !gap),
          size: Math.max(5, 2.5 * width),
          width: 0,
          fill: ink,
        },
      };
    case 'bars':
      return {
        ...common,
        fill: ink,
        width: 0,
        paths: uPlot.paths.bars!({ size: [0.9, Infinity] }),
      };
    case 'dots':
      return {
        ...common,
        stroke: ink,
        paths: () => null,
        points: { show: true, size: 4, width: 0, fill: ink },
      };
    case 'edge':
      return { ...common, stroke: 'transparent', width: 0 };
    default:
      return kind satisfies never;
  }
}

function drawLine(
  { ctx, bbox, scales, valToPos }: uPlot,
  { axis, at, colour, dash, width = 1 }: PlotLine,
): void {
  const { min = null, max = null } = scales[axis]!;
  if (min === null || max === null || at < min || at > max) return;
  const place = Math.round(valToPos(at, axis, true));
  ctx.save();
  // uPlot leaves the last series' there.
  ctx.globalAlpha = 1;
  ctx.strokeStyle = resolved(colour);
  ctx.lineWidth = width * devicePixelRatio;
  ctx.setLineDash(dashOf(dash)?.map((length) => length * devicePixelRatio) ?? []);
  ctx.beginPath();
  ctx.moveTo(...(axis === 'x' ? ([place, bbox.top] as const) : ([bbox.left, place] as const)));
  ctx.lineTo(
    ...(axis === 'x'
      ? ([place, bbox.top + bbox.height] as const)
      : ([bbox.left + bbox.width, place] as const)),
  );
  ctx.stroke();
  ctx.restore();
}

/**
 * Places of values that no line joins to another: those without a neighbour, or the only one of a
 * curve.
 * @param isSpanned whether lines go on across places without a value
 */
export function lonePoints(
  values: ArrayLike<number | null | undefined>,
  isSpanned: boolean,
): number[] {
  const has = (at: number) => values[at] !== null && values[at] !== undefined;
  const places = Array.from({ length: values.length }, (_, at) => at).filter(has);
  if (isSpanned) return places.length === 1 ? places : [];
  return places.filter((at) => !has(at - 1) && !has(at + 1));
}

const dashOf = (dash: string | undefined): number[] | undefined => dash?.split(' ').map(Number);

function resolved(colour: string): string {
  const name = /^var\((--[\w-]+)\)$/.exec(colour)?.[1];
  return name ? getComputedStyle(document.documentElement).getPropertyValue(name).trim() : colour;
}

const translucent = (colour: string, opacity: number): string =>
  `color-mix(in srgb, ${colour} ${100 * opacity}%, transparent)`;

/** Figures beyond which ticks would take more room than there is. */
const MAX_FIGURES = 7;

/**
 * What stands at an axis's ticks: in three figures, or in as many as the ticks have. An axis from
 * 1,104 to 1,112 would say 1110 five times.
 */
export function tickTexts(
  splits: readonly (number | null)[],
  tick: (value: number, figures: number) => string,
): string[] {
  const isExact = (value: number | null, figures: number) =>
    value === null || Math.abs(+value.toPrecision(figures) - value) <= 1e-9 * Math.abs(value);
  let figures = 3;
  while (figures < MAX_FIGURES && !splits.every((value) => isExact(value, figures))) figures++;
  return splits.map((value) => (value === null ? '' : tick(value, figures)));
}
