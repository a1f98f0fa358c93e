import uPlot from 'uplot';
import { axisEnds, type AxisRange } from './axis-ends';
import { logEnds, logTicks } from '../../runs/report/chart/log-axis';
import { FONT, textWidth } from './kit/plane/text-width';
import { tickTexts } from './tick-texts';

/** Of ticks and titles, in pixels. */
const FONT_SIZE = 13;

/** What an axis measures, and its ticks. */
export interface PlotAxis extends AxisRange {
  /** The name of its quantity in the readout. */
  readonly name: string;
  /** Written beside the axis; by default nothing is. */
  readonly title?: string;
  /** Formats a tick with the given number of figures, which {@link tickTexts} chooses. */
  readonly tick?: (value: number, figures: number) => string;
  /** Formats a value for the readout; with five figures by default. */
  readonly inFull?: (value: number) => string;
  /** The values of the ticks; round numbers by default. */
  readonly ticks?: readonly number[];
  readonly isWhole?: boolean;
}

/** A curve. An `edge` isn't drawn: it is the end of a band. */
export interface PlotSeries {
  readonly name: string;
  readonly kind: 'line' | 'edge';
  /** A CSS colour, or a variable of the theme. */
  readonly colour: string;
  /** Lengths of dashes and gaps, in pixels. */
  readonly dash?: string;
  /** A line holds each value until the next one, instead of running straight to it. */
  readonly isStepped?: boolean;
  /** In pixels. */
  readonly width?: number;
  /** 1 by default. */
  readonly opacity?: number;
  /** Each value of a line is also drawn as a point. */
  readonly hasPoints?: boolean;
  /** Drawn for the eye alone: the readout leaves it out. */
  readonly isInBackground?: boolean;
  /** Its place in the readout; the order in which the series are drawn by default. */
  readonly place?: number;
  /** Index of the series that this one smooths: the readout gives its value beside. */
  readonly smooths?: number;
  /** The series doesn't affect the axis: what is higher than the others is cut off. */
  readonly isCutOff?: boolean;
  /**
   * Text of the readout at an abscissa without a value. A curve with it has gaps there; one without
   * it is drawn across.
   */
  readonly gap?: (x: number) => string;
}

/** An area between two series, given by their indices in the layout. */
export interface PlotBand {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly colour: string;
  readonly opacity: number;
}

/** A straight line across the plot, drawn if it is within the axis's ends. */
export interface PlotLine {
  readonly axis: 'x' | 'y';
  readonly at: number;
  readonly colour: string;
  readonly dash?: string;
  readonly width?: number;
}

/** Everything of a plot except its data. */
export interface PlotLayout {
  readonly x: PlotAxis;
  readonly y: PlotAxis;
  readonly series: readonly PlotSeries[];
  readonly bands?: readonly PlotBand[];
  readonly lines?: readonly PlotLine[];
}

/**
 * Ascending abscissae, then a column of as many values for each series: null for none, undefined
 * where only other series have a point, so that a line goes on.
 */
export type PlotData = readonly (readonly (number | null | undefined)[])[];

const wholeSteps = Array.from({ length: 10 }, (_, power) =>
  [1, 2, 5].map((first) => first * 10 ** power),
).flat();

/**
 * The layout as options of uPlot. Theme variables are resolved to their current colours, because a
 * canvas has no CSS variables.
 * @param width @param height of the whole plot, in pixels
 */
export function plotOptions(layout: PlotLayout, width: number, height: number): uPlot.Options {
  const textColour = resolved('var(--mantine-color-dimmed)');
  const ruleColour = resolved('var(--scf-rule)');
  const axis = (
    scale: string,
    { tick, ticks, isWhole, isLogarithmic }: PlotAxis,
    side: uPlot.Axis.Side,
  ): uPlot.Axis => ({
    scale,
    side,
    font: `${FONT_SIZE}px ${FONT}`,
    stroke: textColour,
    // Below, with room for the title; beside, as wide as the widest text.
    size: side === 2 ? 44 : (_, texts) => 12 + Math.max(8, ...(texts ?? []).map(widthOf)),
    gap: 7,
    ...(isLogarithmic &&
      !ticks && {
        splits: (_plot, _axis, min, max) => logTicks(min, max),
        filter: (_, splits) => splits,
      }),
    ...(ticks && { splits: [...ticks] }),
    ...(isWhole && { incrs: wholeSteps }),
    values: (_, splits) => tickTexts(splits, tick ?? String),
    grid: { show: side === 3, stroke: ruleColour, width: 1 },
    ticks: { show: false },
    border: { show: side === 2, stroke: ruleColour, width: 1 },
  });
  return {
    width,
    height,
    // Leaves space above for titles, and at the right for half of the last tick label.
    padding: [28, 18, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { size: 6 } },
    scales: {
      x: { time: false, ...scaleOf(layout.x) },
      y: scaleOf(layout.y),
    },
    axes: [axis('x', layout.x, 2), axis('y', layout.y, 3)],
    series: [{}, ...layout.series.map(seriesOf)],
    bands: layout.bands?.map(({ low, high, colour, opacity }) => ({
      series: [high + 1, low + 1],
      fill: translucent(resolved(colour), opacity),
    })),
    hooks: {
      draw: [
        (plot) => drawTitles(plot, layout, textColour),
        (plot) => layout.lines?.forEach((line) => drawLine(plot, line)),
      ],
    },
  };
}

function scaleOf(reach: PlotAxis): uPlot.Scale {
  if (!reach.ends && !reach.bounds && !reach.isLogarithmic) return {};
  const padded = (least: number, most: number) =>
    (reach.isLogarithmic ? logEnds(least, most) : uPlot.rangeNum(least, most, 0.1, true)) as [
      number,
      number,
    ];
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
  isStepped,
  hasPoints = false,
  gap,
}: PlotSeries): uPlot.Series {
  const resolvedColour = resolved(colour);
  const common: uPlot.Series = {
    label: name,
    scale: 'y',
    alpha: opacity,
    auto: !isCutOff,
    points: { show: false },
  };
  switch (kind) {
    case 'line':
      return {
        ...common,
        stroke: resolvedColour,
        width,
        dash: dashOf(dash),
        ...(isStepped && { paths: uPlot.paths.stepped!({ align: 1 }) }),
        spanGaps: !gap,
        // A value without neighbours has no line, so it is drawn as a point.
        points: {
          show: (plot, series) => hasPoints || lonePoints(plot.data[series]!, !gap).length > 0,
          filter: (plot, series) => (hasPoints ? null : lonePoints(plot.data[series]!, !gap)),
          size: Math.max(5, 2.5 * width),
          width: 0,
          fill: resolvedColour,
        },
      };
    case 'edge':
      return { ...common, stroke: 'transparent', width: 0 };
    default:
      return kind satisfies never;
  }
}

/** The vertical axis's title stands above it, the others' at the right: as in the chart kit. */
function drawTitles({ ctx, bbox, height }: uPlot, layout: PlotLayout, colour: string): void {
  const { x, y } = layout;
  ctx.save();
  ctx.scale(devicePixelRatio, devicePixelRatio);
  ctx.globalAlpha = 1;
  ctx.fillStyle = colour;
  ctx.font = `${FONT_SIZE}px ${FONT}`;
  ctx.textBaseline = 'alphabetic';
  ctx.textAlign = 'left';
  ctx.fillText(y.title ?? '', 0, 14);
  ctx.textAlign = 'right';
  ctx.fillText(x.title ?? '', (bbox.left + bbox.width) / devicePixelRatio, height - 6);
  ctx.restore();
}

function drawLine(
  { ctx, bbox, scales, valToPos }: uPlot,
  { axis, at, colour, dash, width = 1 }: PlotLine,
): void {
  const { min = null, max = null } = scales[axis]!;
  if (min === null || max === null || at < min || at > max) return;
  const place = Math.round(valToPos(at, axis, true));
  ctx.save();
  // Resets the opacity of the last series.
  ctx.globalAlpha = 1;
  ctx.strokeStyle = resolved(colour);
  ctx.lineWidth = width * devicePixelRatio;
  ctx.setLineDash(dashOf(dash)?.map((length) => length * devicePixelRatio) ?? []);
  ctx.beginPath();
  if (axis === 'x') {
    ctx.moveTo(place, bbox.top);
    ctx.lineTo(place, bbox.top + bbox.height);
  } else {
    ctx.moveTo(bbox.left, place);
    ctx.lineTo(bbox.left + bbox.width, place);
  }
  ctx.stroke();
  ctx.restore();
}

/**
 * Indices of values that no line joins to another: those without neighbours or, if lines span gaps,
 * the only value of a curve. A line goes on where a value is undefined.
 * @param isSpanned whether lines span gaps
 */
export function lonePoints(
  values: ArrayLike<number | null | undefined>,
  isSpanned: boolean,
): number[] {
  const has = (at: number | undefined) => at !== undefined && typeof values[at] === 'number';
  const places = Array.from({ length: values.length }, (_, at) => at).filter(
    (at) => values[at] !== undefined,
  );
  const withValue = places.filter(has);
  if (isSpanned) return withValue.length === 1 ? withValue : [];
  return places.filter((at, i) => has(at) && !has(places[i - 1]) && !has(places[i + 1]));
}

const dashOf = (dash: string | undefined): number[] | undefined => dash?.split(' ').map(Number);

const widthOf = (text: string): number => textWidth(text, FONT_SIZE);

/** A colour as the canvas takes it: as the page shows it now. */
export function resolved(colour: string): string {
  const pair = /^light-dark\((.+), (.+)\)$/.exec(colour);
  if (pair) return pair[document.documentElement.dataset['mantineColorScheme'] === 'dark' ? 2 : 1]!;
  const name = /^var\((--[\w-]+)\)$/.exec(colour)?.[1];
  return name ? getComputedStyle(document.documentElement).getPropertyValue(name).trim() : colour;
}

const translucent = (colour: string, opacity: number): string =>
  `color-mix(in srgb, ${colour} ${100 * opacity}%, transparent)`;
