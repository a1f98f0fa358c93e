import { shortNumber } from '../../../core/short-number';
import { table } from '../table';
import type { Markup } from '../markup';
import type { Chart, ChartAxis, ChartLine, ChartPoint } from './chart';

/** Rows of the table of a chart, at most. */
const MAX_TABLE_ROWS = 12;

const inWords =
  ({ tick }: ChartAxis) =>
  (value: number): string =>
    Number.isFinite(value) ? (tick ?? ((each) => shortNumber(each, 4)))(value) : 'not measurable';

/**
 * What a chart shows, for those who don't see it: where each curve begins and ends, and its ends.
 */
export function chartWords({ title, x, y, lines, dots = [] }: Chart): string {
  const [sayX, sayY] = [inWords(x), inWords(y)];
  const curves = lines
    .filter(({ isFaint }) => !isFaint)
    .flatMap(({ name, points }) => {
      const known = points.filter(([, value]) => Number.isFinite(value));
      const [first, last] = [known[0], known.at(-1)];
      if (!first || !last) return [`${name} has no values.`];
      const [least, most] = rangeOf(known);
      return [
        `${name} goes from ${sayY(first[1])} at ${sayX(first[0])} to ${sayY(last[1])} at ` +
          `${sayX(last[0])}, between ${sayY(least)} and ${sayY(most)}.`,
      ];
    });
  const clouds = dots.map(({ name, points }) => {
    const [least, most] = rangeOf(points);
    return `${points.length} points (${name}), between ${sayY(least)} and ${sayY(most)}.`;
  });
  return [`${title}: ${y.title} against ${x.title}.`, ...curves, ...clouds].join(' ');
}

const rangeOf = (points: readonly ChartPoint[]): readonly [number, number] =>
  points.reduce(
    ([least, most], [, value]) => [Math.min(least, value), Math.max(most, value)],
    [Infinity, -Infinity],
  );

/** The curves as a table: their values at a dozen places along the axis. */
export function chartTable({ title, x, y, lines }: Chart): Markup {
  const shown = lines.filter(({ isFaint }) => !isFaint);
  const [sayX, sayY] = [inWords(x), inWords(y)];
  const all = [...new Set(shown.flatMap(({ points }) => points.map(([at]) => at)))].sort(
    (a, b) => a - b,
  );
  const stride = Math.max(1, (all.length - 1) / (MAX_TABLE_ROWS - 1));
  const places = all.filter((_, i) => i === Math.round(Math.round(i / stride) * stride));
  return table({
    caption: `The figures of ${title}`,
    heads: [x.title, ...shown.map(({ name }) => name)],
    rows: places.map((place) => [
      sayX(place),
      ...shown.map((line) => {
        const value = valueAt(line, place);
        return value === null ? '–' : sayY(value);
      }),
    ]),
    isNumeric: () => true,
  });
}

/** A curve's last value up to a place; null outside of the curve. */
function valueAt({ points }: ChartLine, place: number): number | null {
  const last = points.at(-1);
  if (!last || place > last[0]) return null;
  const found = points.findLast(([x]) => x <= place);
  return found ? found[1] : null;
}
