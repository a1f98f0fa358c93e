import type { MantineTheme } from '@mantine/core';
import { chartDrawing, chartSize } from '../../../../runs/report/chart/chart-figure';
import type {
  Chart,
  ChartBand,
  ChartLine,
  ChartPoint,
  Ink,
} from '../../../../runs/report/chart/chart';
import { lightInk } from '../../../../runs/report/style';
import { lightColours } from '../../kit/export/light-colours';
import { standaloneSvg, type PictureWords } from '../../kit/export/standalone-svg';
import type { PlotAxis } from '../../plot-layout';
import type { StepDrawing } from '../step-drawing';

/**
 * A chart over steps as an SVG that stands alone. A canvas has no SVG, so it is drawn as reports
 * draw it, with the points and colours of the page, in light.
 */
export function stepPicture(
  { layout, data, shownX }: StepDrawing,
  words: PictureWords,
  theme: MantineTheme,
): string {
  const written = lightColours(theme);
  const inkOf = (colour: string): Ink => {
    const plain = written(colour);
    if (!plain.startsWith('#')) throw new RangeError(`The colour ${colour} isn't a plain one.`);
    return plain as Ink;
  };
  const x = data[0] as readonly number[];
  const pointsOf = (column: number): ChartPoint[] =>
    x.flatMap((at, row): ChartPoint[] => {
      const value = data[column + 1]![row];
      return value === undefined ? [] : [[at, value ?? NaN]];
    });
  const lines = layout.series.flatMap((series, column): ChartLine[] =>
    series.kind === 'line'
      ? [
          {
            name: series.name,
            hue: inkOf(series.colour),
            dash: series.dash,
            points: pointsOf(column),
            isFaint: series.isInBackground,
            isMarked: series.hasPoints,
          },
        ]
      : [],
  );
  const bands = layout.bands?.map(({ name, low, high, colour }): ChartBand => ({
    name,
    hue: inkOf(colour),
    points: x.map((at, row) => [at, data[low + 1]![row] ?? NaN, data[high + 1]![row] ?? NaN]),
  }));
  const rules = layout.lines?.map(({ at, colour, dash }) => ({ at, dash, hue: inkOf(colour) }));
  const { x: across, y: up } = layout;
  const chart: Chart = {
    title: words.title,
    x: { title: across.title ?? across.name, isWhole: true, ends: shownX, tick: String },
    y: { title: up.title ?? up.name, ...rangeOf(up) },
    ...{ lines, bands, rules },
  };
  const markup = chartDrawing(chart).text;
  const drawing = new DOMParser().parseFromString(markup, 'text/html').querySelector('svg')!;
  return standaloneSvg(drawing, chartSize, words, (text) =>
    written(
      text.replace(/var\(--(\w+)\)/g, (whole, name: string) =>
        name in lightInk ? lightInk[name as keyof typeof lightInk] : whole,
      ),
    ),
  );
}

const rangeOf = ({ isLogarithmic, tick }: PlotAxis): Omit<Chart['y'], 'title'> => ({
  isLogarithmic,
  ...(tick && { tick: (value) => tick(value, 3) }),
});
