import type uPlot from 'uplot';
import { keyedPlace } from './keyed-place';
import type { PlotAxis, PlotLayout, PlotSeries } from './plot-layout';

/** Pixels between the cursor and the readout. */
const DISTANCE_PX = 10;

/**
 * A box next to the cursor with the values there. The cursor follows the pointer and, on a plot
 * with the focus, the arrow keys, Home and End; Escape hides it. Screen readers announce the values
 * that the keys reach.
 */
export function plotReadout(layout: PlotLayout): uPlot.Plugin {
  const box = document.createElement('div');
  box.setAttribute('aria-hidden', 'true');
  Object.assign(box.style, {
    position: 'absolute',
    top: '4px',
    width: 'max-content',
    padding: '2px 8px',
    whiteSpace: 'pre',
    pointerEvents: 'none',
    zIndex: '10',
    fontSize: '12px',
    fontVariantNumeric: 'tabular-nums',
    background: 'var(--mantine-color-body)',
    border: '1px solid var(--mantine-color-default-border)',
    display: 'none',
  });
  const announcement = document.createElement('div');
  announcement.setAttribute('role', 'status');
  Object.assign(announcement.style, {
    position: 'absolute',
    width: '1px',
    height: '1px',
    overflow: 'hidden',
    clipPath: 'inset(50%)',
  });

  const listeners = new AbortController();
  const show = (plot: uPlot): void => {
    const index = plot.cursor.idx;
    const isHidden = index === null || index === undefined || (plot.cursor.left ?? -1) < 0;
    box.style.display = isHidden ? 'none' : 'block';
    if (isHidden) return;
    box.textContent = readoutAt(layout, plot.data, index).join('\n');
    const { left = 0 } = plot.cursor;
    const isAtRight = left > plot.over.clientWidth / 2;
    const wanted = isAtRight ? left - DISTANCE_PX - box.offsetWidth : left + DISTANCE_PX;
    // A narrow plot has no space beside the cursor: the box then covers it, and is not cut off.
    const least = -plot.over.offsetLeft;
    const most = least + plot.root.clientWidth - box.offsetWidth;
    box.style.left = `${Math.max(least, Math.min(wanted, most))}px`;
  };

  const onKey = (plot: uPlot, event: KeyboardEvent): void => {
    if (event.shiftKey) return;
    const [first, last] = shownIndices(plot);
    const now = plot.cursor.idx ?? null;
    const next = keyedPlace(event.key, now, first, last);
    if (event.key === 'Escape') plot.setCursor({ left: -10, top: -10 });
    if (next === null) return;
    event.preventDefault();
    plot.setCursor({ left: plot.valToPos(plot.data[0][next]!, 'x'), top: 0 });
    announcement.textContent = readoutAt(layout, plot.data, next).join(', ');
  };

  return {
    hooks: {
      ready: (plot) => {
        plot.over.append(box, announcement);
        plot.root.parentElement?.addEventListener('keydown', (event) => onKey(plot, event), {
          signal: listeners.signal,
        });
      },
      setCursor: show,
      destroy: () => listeners.abort(),
    },
  };
}

/** The first and the last index of the data that are between the ends of the axis. */
function shownIndices({ data, scales }: uPlot): [number, number] {
  const { min = null, max = null } = scales.x!;
  const isShown = (x: number) => x >= (min ?? -Infinity) && x <= (max ?? Infinity);
  const first = data[0].findIndex(isShown);
  return first < 0 ? [0, -1] : [first, data[0].findLastIndex(isShown)];
}

/**
 * The lines of the readout at an index of the data: the abscissa, then each series and band with a
 * value there. A series that only has points elsewhere gives its last one before, and says where.
 */
export function readoutAt(
  { x, y, series, bands = [] }: PlotLayout,
  data: uPlot.AlignedData,
  index: number,
): string[] {
  const at = (column: number, place = index) => data[column + 1]?.[place] ?? null;
  const lineOf = ({ name, smooths, gap }: PlotSeries, column: number): string[] => {
    const place = placeBefore(data[column + 1]!, index);
    if (place === null) return [];
    const where = place === index ? '' : ` (${x.name} ${inFull(data[0][place]!, x)})`;
    const value = at(column, place);
    if (value === null) return gap ? [`${name}: ${gap(data[0][place]!)}${where}`] : [];
    const measured = smooths === undefined ? null : at(smooths, place);
    const beside = measured === null ? '' : `, unsmoothed ${inFull(measured, y)}`;
    return [`${name}: ${inFull(value, y)}${beside}${where}`];
  };
  const lines = series
    .map((each, column) => ({ each, column }))
    .filter(({ each }) => each.kind !== 'edge' && !each.isInBackground)
    .sort((a, b) => (a.each.place ?? a.column) - (b.each.place ?? b.column))
    .flatMap(({ each, column }) => lineOf(each, column));
  const areas = bands.flatMap(({ name, low, high }) => {
    const [from, to] = [at(low), at(high)];
    return from === null || to === null ? [] : [`${name}: ${inFull(from, y)} to ${inFull(to, y)}`];
  });
  return [`${x.name} ${inFull(data[0][index]!, x)}`, ...lines, ...areas];
}

/** The last index up to this one at which a column isn't undefined; null if there is none. */
function placeBefore(values: ArrayLike<number | null | undefined>, index: number): number | null {
  for (let place = index; place >= 0; place--) if (values[place] !== undefined) return place;
  return null;
}

const inFull = (value: number, axis: PlotAxis): string =>
  (axis.inFull ?? ((number) => String(+number.toPrecision(5))))(value);
