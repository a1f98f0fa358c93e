import { shortNumber } from '../../../../core/short-number';
import { axisEnds } from '../../axis-ends';
import { logEnds, logTicks } from '../../../../runs/report/chart/log-axis';
import { linearTicks } from '../../../../runs/report/chart/axis-ticks';
import { tickTexts } from '../../tick-texts';
import type { ChartAxis } from '../chart-axis';
import { textWidth } from './text-width';

/** The lowest and the highest of some values; null if none is finite. */
export type Extent = readonly [least: number, most: number] | null;

/** The extent of the finite values among some; above 0 only, for a logarithmic axis. */
export function extentOf(
  columns: readonly ArrayLike<number | null | undefined>[],
  isLogarithmic = false,
): Extent {
  let [least, most] = [Infinity, -Infinity];
  for (const column of columns)
    for (let i = 0; i < column.length; i++) {
      const value = column[i] ?? NaN;
      if (!Number.isFinite(value) || (isLogarithmic && value <= 0)) continue;
      if (value < least) least = value;
      if (value > most) most = value;
    }
  return least <= most ? [least, most] : null;
}

/** One axis, laid out: where it ends, its ticks and their texts. */
export interface Side {
  readonly ends: readonly [number, number];
  readonly ticks: readonly number[];
  readonly texts: readonly string[];
  readonly isLogarithmic: boolean;
}

/** Lays an axis out for the values on it. @param about so many ticks */
function sideOf(axis: ChartAxis, extent: Extent, about: number): Side {
  const { isLogarithmic = false, isWhole } = axis;
  const ends = axisEnds(axis, extent?.[0] ?? null, extent?.[1] ?? null, (least, most) =>
    isLogarithmic ? logEnds(least, most) : linearTicks(least, most, { isWhole, about }).ends,
  );
  const wanted = axis.ticks ?? ticksBetween(ends, isLogarithmic, isWhole, about);
  const ticks = wanted.filter((tick) => tick >= ends[0] && tick <= ends[1]);
  return { ends, ticks, texts: tickTexts(ticks, axis.tick ?? shortNumber), isLogarithmic };
}

/** Fewer ticks don't say how an axis is scaled. */
const LEAST_TICKS = 3;

function ticksBetween(
  ends: readonly [number, number],
  isLogarithmic: boolean,
  isWhole: boolean | undefined,
  about: number,
): readonly number[] {
  if (isLogarithmic) return logTicks(...ends);
  const ticks = (wanted: number) => linearTicks(...ends, { ends, isWhole, about: wanted }).at;
  // Round steps may leave one or two between ends that are none.
  const finer = [about, 2 * about, 4 * about].map(ticks);
  return finer.find(({ length }) => length >= LEAST_TICKS) ?? finer.at(-1)!;
}

/** Turns a value into a place in the drawing, in pixels. */
export type Scale = (value: number) => number;

/** Where everything of a chart is, in pixels of its drawing. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  /** The plot's edges. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: Side;
  readonly y: Side;
  readonly toX: Scale;
  readonly toY: Scale;
}

/** Space above the plot, for the vertical axis's title, and below it, for ticks and title. */
const TOP = 28;
export const TICKS_BELOW = 24;
const BELOW = TICKS_BELOW + 22;
/** Least space at the right, for the half of the last tick's text. */
const RIGHT = 16;
/** Least space between the texts of ticks. */
const TEXT_GAP = 10;
const PIXELS_A_TICK_UP = 46;
const PIXELS_A_TICK_ACROSS = 84;

/** Lays a chart out. */
export function planeOf(chart: {
  readonly width: number;
  readonly height: number;
  readonly xAxis: ChartAxis;
  readonly yAxis: ChartAxis;
  readonly xExtent: Extent;
  readonly yExtent: Extent;
}): Plane {
  const { width, height, xAxis, yAxis } = chart;
  const [top, bottom] = [TOP, height - BELOW];
  const upTicks = Math.max(2, Math.round((bottom - top) / PIXELS_A_TICK_UP));
  const y = sideOf(yAxis, chart.yExtent, upTicks);
  const left = Math.ceil(Math.max(...y.texts.map((text) => textWidth(text)), 8)) + 10;
  const acrossTicks = Math.max(2, Math.round((width - left - RIGHT) / PIXELS_A_TICK_ACROSS));
  const x = withoutOverlaps(sideOf(xAxis, chart.xExtent, acrossTicks), width - left - RIGHT);
  const last = textWidth(x.texts.at(-1) ?? '') / 2;
  const right = width - Math.max(RIGHT, last);
  return {
    ...{ width, height, left, right, top, bottom, x, y },
    toX: scaleOf(x, left, right),
    toY: scaleOf(y, bottom, top),
  };
}

/** Leaves the texts of ticks out, evenly, where they would run into each other. */
function withoutOverlaps(side: Side, width: number): Side {
  const { ticks, texts } = side;
  const widest = Math.max(...texts.map((text) => textWidth(text)), 0) + TEXT_GAP;
  const every = Math.max(1, Math.ceil((ticks.length * widest) / Math.max(width, 1)));
  return { ...side, texts: texts.map((text, i) => (i % every === 0 ? text : '')) };
}

function scaleOf({ ends: [low, high], isLogarithmic }: Side, from: number, to: number): Scale {
  const along = isLogarithmic ? Math.log10 : (value: number) => value;
  const [start, span] = [along(low), along(high) - along(low) || 1];
  return (value) => from + ((along(value) - start) / span) * (to - from);
}
