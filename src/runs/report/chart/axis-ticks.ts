import { logTicks } from './log-axis';
import { shortNumber } from '../../../core/short-number';

/** Where an axis begins and ends, and its ticks: round numbers, the lowest first. */
export interface AxisTicks {
  readonly ends: readonly [low: number, high: number];
  readonly at: readonly number[];
}

/** Ticks of a linear axis, about, if nothing else is asked for. */
const TICKS = 5;

/**
 * Round ticks (1, 2 or 5 times a power of ten apart) around all values. Where an end isn't given,
 * the axis begins or ends at a tick.
 * @param isWhole ticks are whole numbers
 * @param about so many ticks
 */
export function linearTicks(
  least: number,
  most: number,
  {
    ends,
    isWhole = false,
    about = TICKS,
  }: { ends?: readonly [number?, number?]; isWhole?: boolean; about?: number } = {},
): AxisTicks {
  const [low, high] = [ends?.[0] ?? least, ends?.[1] ?? most];
  // Without any range the one value stands in the middle.
  const room = high > low ? 0 : Math.abs(low) * 0.05 || 0.5;
  const step = roundStep((high - low + 2 * room) / about, isWhole);
  const first = Math.floor((low - room) / step + 1e-9);
  const last = Math.ceil((high + room) / step - 1e-9);
  const from = ends?.[0] ?? first * step;
  const to = ends?.[1] ?? Math.max(last, first + 1) * step;
  const slack = 1e-9 * step;
  const at = Array.from({ length: Math.max(last, first + 1) - first + 1 }, (_, i) =>
    decimal((first + i) * step, step),
  ).filter((tick) => tick >= from - slack && tick <= to + slack);
  return { ends: [from, to], at };
}

/** 1, 2 or 5 times a power of ten, at least `size`. */
function roundStep(size: number, isWhole: boolean): number {
  const power = 10 ** Math.floor(Math.log10(size));
  const step = [1, 2, 5, 10].map((first) => first * power).find((each) => each >= size - 1e-12)!;
  return isWhole ? Math.max(1, Math.round(step)) : step;
}

/** Without the last digits that binary sums leave: 0.3, not 0.30000000000000004. */
const decimal = (value: number, step: number): number =>
  +value.toFixed(Math.min(100, Math.max(0, 2 - Math.floor(Math.log10(step)))));

/** Round numbers between two positive ones, which are its ends. */
export const logarithmicTicks = (least: number, most: number): AxisTicks => ({
  ends: [least, most],
  at: logTicks(least, most),
});

/** The texts of ticks, with as many figures as it takes to tell them apart. */
export function tickTexts(ticks: readonly number[]): string[] {
  for (let figures = 3; ; figures++) {
    const texts = ticks.map((tick) => shortNumber(tick, figures));
    if (figures >= 12 || new Set(texts).size === ticks.length) return texts;
  }
}
