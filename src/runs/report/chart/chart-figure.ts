import { folded } from '../table';
import { markup, joined, type Content, type Markup } from '../markup';
import { linearTicks, logarithmicTicks, tickTexts, type AxisTicks } from './axis-ticks';
import type { Chart, ChartAxis, ChartBand, ChartDots, ChartLine } from './chart';
import { chartTable, chartWords } from './chart-words';

/** The drawing, and the plot within it, in units of the picture. */
const [WIDTH, HEIGHT] = [560, 260];
const [LEFT, RIGHT, TOP, BOTTOM] = [76, 14, 10, 44];
const [PLOT_WIDTH, PLOT_HEIGHT] = [WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];

/** Turns a value into a place in the drawing. */
type Scale = (value: number) => number;

/**
 * A chart as a figure: title, key, drawing with its words for those who don't see it, and its
 * figures as a table.
 * @param figures shown in place of the table of the curves, such as for a cloud of points
 */
export function chartFigure(chart: Chart, figures: Content = chartTable(chart)): Markup {
  return markup`<figure>
    <figcaption><strong>${chart.title}</strong>${chart.note}</figcaption>
    ${keyOf(chart)} ${drawing(chart)} ${folded('Figures of this chart', figures)}
  </figure>`;
}

function keyOf({ lines, bands = [], dots = [] }: Chart): Markup {
  const line = (faint: boolean, { hue, dash, name }: Omit<ChartLine, 'points'>) =>
    markup`<li>
      <svg viewBox="0 0 26 10" aria-hidden="true">
        <path class="line ${hue}${faint && ' faint'}"${dashed(dash)} d="M1 5H25" /></svg>
      ${name}
    </li>`;
  return markup`<ul class="key">
    ${lines.filter(({ isUnnamed }) => !isUnnamed).map((each) => line(each.isFaint ?? false, each))}
    ${bands
      .filter(({ isUnnamed }) => !isUnnamed)
      .map(
        ({ hue, name }) =>
          markup`<li>
            <svg viewBox="0 0 26 10" aria-hidden="true">
              <rect class="band ${hue}" width="26" height="10" /></svg
            >${name}
          </li>`,
      )}
    ${dots.map(
      ({ hue, name }) =>
        markup`<li>
          <svg viewBox="0 0 26 10" aria-hidden="true">
            <circle class="dot ${hue}" cx="13" cy="5" r="4" /></svg>
            ${name}
        </li>`,
    )}
  </ul>`;
}

function drawing(chart: Chart): Markup {
  const { x, y, lines, bands = [], dots = [] } = chart;
  const [acrossTicks, upTicks] = [ticksOf(x, valuesOf(chart, 0)), ticksOf(y, valuesOf(chart, 1))];
  const toX = scaleOf(x, acrossTicks, LEFT, LEFT + PLOT_WIDTH);
  const toY = scaleOf(y, upTicks, TOP + PLOT_HEIGHT, TOP);
  return markup`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">
    <title>${chart.title}</title>
    <desc>${chartWords(chart)}</desc>
    ${axes(chart, acrossTicks, upTicks, toX, toY)} ${bands.map((band) => bandPath(band, toX, toY))}
    ${dots.map((cloud) => dotMarks(cloud, toX, toY))}
    ${lines.map((line) => linePath(line, toX, toY))}
  </svg>`;
}

/** All values along an axis that it has to hold. @param side 0 for x, 1 for y */
function valuesOf({ lines, bands = [], dots = [] }: Chart, side: 0 | 1): number[] {
  const ofBands = bands.flatMap(({ points }) =>
    points.flatMap(([at, low, high]) => (side === 0 ? [at] : [low, high])),
  );
  const ofPoints = [...lines.filter(({ isCutOff }) => !isCutOff), ...dots].flatMap(({ points }) =>
    points.map((point) => point[side]),
  );
  return [...ofBands, ...ofPoints].filter(Number.isFinite);
}

function ticksOf({ ends, isLogarithmic, isWhole }: ChartAxis, values: readonly number[]) {
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (values.length === 0) return linearTicks(0, 1, { isWhole });
  return isLogarithmic && least > 0 && most > least
    ? logarithmicTicks(ends?.[0] ?? least, ends?.[1] ?? most)
    : linearTicks(least, most, { ends, isWhole });
}

function scaleOf(
  { isLogarithmic = false }: ChartAxis,
  { ends: [low, high] }: AxisTicks,
  from: number,
  to: number,
): Scale {
  const along = isLogarithmic && low > 0 ? Math.log10 : (value: number) => value;
  const [start, span] = [along(low), along(high) - along(low) || 1];
  return (value) => from + ((along(value) - start) / span) * (to - from);
}

function axes({ x, y }: Chart, across: AxisTicks, up: AxisTicks, toX: Scale, toY: Scale): Markup {
  const base = TOP + PLOT_HEIGHT;
  const [acrossTexts, upTexts] = [textsOf(x, across), textsOf(y, up)];
  return markup`${up.at.map(
    (tick, i) =>
      markup`<path class="grid" d="M${LEFT} ${place(toY(tick))}H${LEFT + PLOT_WIDTH}" /><text
            x="${LEFT - 6}"
            y="${place(toY(tick) + 4)}"
            text-anchor="end"
            >${upTexts[i]}</text
          >`,
  )}${across.at.map(
    (tick, i) =>
      markup`<path class="axis" d="M${place(toX(tick))} ${base}v4" /><text
            x="${place(toX(tick))}"
            y="${base + 17}"
            text-anchor="middle"
            >${acrossTexts[i]}</text
          >`,
  )}<path class="axis" d="M${LEFT} ${base}H${LEFT + PLOT_WIDTH}" />
    <text x="${LEFT + PLOT_WIDTH / 2}" y="${HEIGHT - 6}" text-anchor="middle">${x.title}</text>
    <text transform="rotate(-90)" x="${-(TOP + PLOT_HEIGHT / 2)}" y="13" text-anchor="middle"
      >${y.title}</text
    >`;
}

const textsOf = ({ tick }: ChartAxis, { at }: AxisTicks): string[] =>
  tick ? at.map(tick) : tickTexts(at);

/** A coordinate with one decimal: finer is not to be seen, and makes the file larger. */
const place = (coordinate: number): number => +coordinate.toFixed(1);

const dashed = (dash: string | undefined): Markup | null =>
  dash === undefined ? null : markup` stroke-dasharray="${dash}"`;

function linePath(
  { hue, dash, points, isFaint, isStepped, isMarked }: ChartLine,
  toX: Scale,
  toY: Scale,
): Markup {
  let isDrawing = false;
  const steps = points.flatMap(([x, y]) => {
    const [across, up] = [place(toX(x)), place(toY(y))];
    if (!isInPlot(across, up)) {
      isDrawing = false;
      return [];
    }
    const step =
      isStepped && isDrawing ? `H${across}V${up}` : `${isDrawing ? 'L' : 'M'}${across} ${up}`;
    // A single value between two gaps would draw nothing without a length.
    const start = isDrawing ? '' : 'h0';
    isDrawing = true;
    return [step + start];
  });
  const marks = isMarked
    ? points
        .filter(([, y]) => Number.isFinite(y))
        .map(
          ([x, y]) =>
            markup`<circle
              class="point ${hue}"
              cx="${place(toX(x))}"
              cy="${place(toY(y))}"
              r="2.6"
            />`,
        )
    : [];
  return joined([
    markup`<path class="line ${hue}${isFaint && ' faint'}"${dashed(dash)} d="${steps.join('')}" />`,
    ...marks,
  ]);
}

const isInPlot = (across: number, up: number): boolean =>
  across >= LEFT - 1 &&
  across <= LEFT + PLOT_WIDTH + 1 &&
  up >= TOP - 1 &&
  up <= TOP + PLOT_HEIGHT + 1;

function bandPath({ hue, points }: ChartBand, toX: Scale, toY: Scale): Markup {
  const known = points.filter((point) => point.every(Number.isFinite));
  const edge = (side: 1 | 2) =>
    known.map((point) => `${place(toX(point[0]))} ${place(toY(point[side]))}`);
  const outline = [...edge(2), ...edge(1).reverse()];
  return outline.length === 0
    ? markup``
    : markup`<path class="band ${hue}" d="M${outline.join('L')}Z" />`;
}

const dotMarks = ({ hue, points }: ChartDots, toX: Scale, toY: Scale): Markup =>
  joined(
    points
      .filter((point) => point.every(Number.isFinite))
      .map(
        ([x, y]) =>
          markup`<circle class="dot ${hue}" cx="${place(toX(x))}" cy="${place(toY(y))}" r="2.2" />`,
      ),
  );
