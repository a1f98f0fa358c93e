import { folded } from '../table';
import { markup, joined, type Content, type Markup } from '../markup';
import { linearTicks, logarithmicTicks, tickTexts, type AxisTicks } from './axis-ticks';
import type { Chart, ChartAxis, ChartBand, ChartDots, ChartLine, ChartRule, Ink } from './chart';
import { chartTable, chartWords } from './chart-words';

/** The drawing, and the plot within it, in units of the picture. */
const [WIDTH, HEIGHT] = [560, 260];
const [LEFT, RIGHT, TOP, BOTTOM] = [76, 14, 10, 44];
/** The size of a drawing, in its own units. */
export const chartSize = { width: WIDTH, height: HEIGHT } as const;
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
    ${keyOf(chart)} ${chartDrawing(chart)} ${folded('Figures of this chart', figures)}
  </figure>`;
}

function keyOf({ lines, bands = [], dots = [] }: Chart): Markup {
  const line = (each: ChartLine) =>
    markup`<li>
      <svg viewBox="0 0 26 10" aria-hidden="true">
        <path ${strokeOf(each)} d="M1 5H25" /></svg>
      ${each.name}
    </li>`;
  return markup`<ul class="key">
    ${lines.filter(({ isUnnamed }) => !isUnnamed).map(line)}
    ${bands
      .filter(({ isUnnamed }) => !isUnnamed)
      .map(
        (band) =>
          markup`<li>
            <svg viewBox="0 0 26 10" aria-hidden="true">
              <rect ${fillOf(band, BAND_OPACITY)} width="26" height="10" /></svg
            >${band.name}
          </li>`,
      )}
    ${dots.map(
      (cloud) =>
        markup`<li>
          <svg viewBox="0 0 26 10" aria-hidden="true">
            <circle ${fillOf(cloud, DOT_OPACITY)} cx="13" cy="5" r="4" /></svg>
            ${cloud.name}
        </li>`,
    )}
  </ul>`;
}

/**
 * The drawing alone, with its words. Its colours are attributes: plain ones, or variables of the
 * report's style.
 */
export function chartDrawing(chart: Chart): Markup {
  const { x, y, lines, bands = [], dots = [], rules = [] } = chart;
  const [acrossTicks, upTicks] = [ticksOf(x, valuesOf(chart, 0)), ticksOf(y, valuesOf(chart, 1))];
  const toX = scaleOf(x, acrossTicks, LEFT, LEFT + PLOT_WIDTH);
  const toY = scaleOf(y, upTicks, TOP + PLOT_HEIGHT, TOP);
  return markup`<svg
    class="chart"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    role="img"
    fill="var(--soft)"
    font-size="12"
  >
    <title>${chart.title}</title>
    <desc>${chartWords(chart)}</desc>
    ${axes(chart, acrossTicks, upTicks, toX, toY)} ${bands.map((band) => bandPath(band, toX, toY))}
    ${dots.map((cloud) => dotMarks(cloud, toX, toY))}
    ${lines.map((line) => linePath(line, toX, toY))} ${rules.map((rule) => ruleMark(rule, toX))}
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
      markup`<path
          stroke="var(--grid)"
          d="M${LEFT} ${place(toY(tick))}H${LEFT + PLOT_WIDTH}"
        /><text
            x="${LEFT - 6}"
            y="${place(toY(tick) + 4)}"
            text-anchor="end"
            >${upTexts[i]}</text
          >`,
  )}${across.at.map(
    (tick, i) =>
      markup`<path stroke="var(--rule)" d="M${place(toX(tick))} ${base}v4" /><text
            x="${place(toX(tick))}"
            y="${base + 17}"
            text-anchor="middle"
            >${acrossTexts[i]}</text
          >`,
  )}<path stroke="var(--rule)" d="M${LEFT} ${base}H${LEFT + PLOT_WIDTH}" />
    <text x="${LEFT + PLOT_WIDTH / 2}" y="${HEIGHT - 6}" text-anchor="middle">${x.title}</text>
    <text transform="rotate(-90)" x="${-(TOP + PLOT_HEIGHT / 2)}" y="13" text-anchor="middle"
      >${y.title}</text
    >`;
}

const textsOf = ({ tick }: ChartAxis, { at }: AxisTicks): string[] =>
  tick ? at.map(tick) : tickTexts(at);

/** A coordinate with one decimal: finer is not to be seen, and makes the file larger. */
const place = (coordinate: number): number => +coordinate.toFixed(1);

const BAND_OPACITY = 0.16;
const DOT_OPACITY = 0.5;

const inkOf = (hue: Ink): string => (hue.startsWith('#') ? hue : `var(--${hue})`);

const dashed = (dash: string | undefined): Markup | null =>
  dash ? markup` stroke-dasharray="${dash}"` : null;

const strokeOf = (line: Omit<ChartLine, 'points'>): Markup =>
  markup`fill="none" stroke="${inkOf(line.hue)}" stroke-width="${line.isFaint ? 1 : 1.8}"${
    line.isFaint && markup` opacity=".35"`
  } stroke-linejoin="round" stroke-linecap="round"${dashed(line.dash)}`;

const fillOf = ({ hue }: { readonly hue: Ink }, opacity: number): Markup =>
  markup`fill="${inkOf(hue)}" opacity="${opacity}"`;

const ruleMark = ({ at, dash, hue }: ChartRule, toX: Scale): Markup =>
  markup`<path
    stroke="${inkOf(hue)}"${dashed(dash)}
    d="M${place(toX(at))} ${TOP}V${TOP + PLOT_HEIGHT}"
  />`;

function linePath(line: ChartLine, toX: Scale, toY: Scale): Markup {
  const { points, isStepped, isMarked } = line;
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
              fill="${inkOf(line.hue)}"
              cx="${place(toX(x))}"
              cy="${place(toY(y))}"
              r="2.6"
            />`,
        )
    : [];
  return joined([markup`<path ${strokeOf(line)} d="${steps.join('')}" />`, ...marks]);
}

const isInPlot = (across: number, up: number): boolean =>
  across >= LEFT - 1 &&
  across <= LEFT + PLOT_WIDTH + 1 &&
  up >= TOP - 1 &&
  up <= TOP + PLOT_HEIGHT + 1;

function bandPath(band: ChartBand, toX: Scale, toY: Scale): Markup {
  const known = band.points.filter((point) => point.every(Number.isFinite));
  const edge = (side: 1 | 2) =>
    known.map((point) => `${place(toX(point[0]))} ${place(toY(point[side]))}`);
  const outline = [...edge(2), ...edge(1).reverse()];
  return outline.length === 0
    ? markup``
    : markup`<path ${fillOf(band, BAND_OPACITY)} d="M${outline.join('L')}Z" />`;
}

const dotMarks = ({ points, hue }: ChartDots, toX: Scale, toY: Scale): Markup =>
  markup`<g ${fillOf({ hue }, DOT_OPACITY)}>${joined(
    points
      .filter((point) => point.every(Number.isFinite))
      .map(([x, y]) => markup`<circle cx="${place(toX(x))}" cy="${place(toY(y))}" r="2.2" />`),
  )}</g>`;
