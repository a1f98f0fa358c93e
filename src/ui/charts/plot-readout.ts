import type uPlot from 'uplot';
import type { PlotAxis, PlotLayout } from './plot-layout';

/** Pixels between the cursor and what is said beside it. */
const DISTANCE = 10;

/**
 * A box beside the cursor that says what stands there. The cursor follows the pointer, and the
 * arrow keys, Home and End on a plot that has the focus; Escape puts it away. What the keys come to
 * is told to screen readers.
 */
export function plotReadout(layout: PlotLayout): uPlot.Plugin {
  const box = document.createElement('div');
  box.setAttribute('aria-hidden', 'true');
  Object.assign(box.style, {
    position: 'absolute',
    top: '4px',
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
  const told = document.createElement('div');
  told.setAttribute('role', 'status');
  Object.assign(told.style, {
    position: 'absolute',
    width: '1px',
    height: '1px',
    overflow: 'hidden',
    clipPath: 'inset(50%)',
  });

  const ending = new AbortController();
  const show = (plot: uPlot): void => {
    const index = plot.cursor.idx;
    const isOff = index === null || index === undefined || (plot.cursor.left ?? -1) < 0;
    box.style.display = isOff ? 'none' : 'block';
    if (isOff) return;
    box.textContent = readoutAt(layout, plot.data, index).join('\n');
    const { left = 0 } = plot.cursor;
    const isAtRight = left > plot.over.clientWidth / 2;
    box.style.left = isAtRight ? 'auto' : `${left + DISTANCE}px`;
    box.style.right = isAtRight ? `${plot.over.clientWidth - left + DISTANCE}px` : 'auto';
  };

  const onKey = (plot: uPlot, event: KeyboardEvent): void => {
    const last = plot.data[0].length - 1;
    const now = plot.cursor.idx ?? null;
    const next = new Map([
      ['ArrowLeft', now === null ? last : Math.max(0, now - 1)],
      ['ArrowRight', now === null ? 0 : Math.min(last, now + 1)],
      ['Home', 0],
      ['End', last],
    ]).get(event.key);
    if (event.key === 'Escape') plot.setCursor({ left: -10, top: -10 });
    if (next === undefined || last < 0) return;
    event.preventDefault();
    plot.setCursor({ left: plot.valToPos(plot.data[0][next]!, 'x'), top: 0 });
    told.textContent = readoutAt(layout, plot.data, next).join(', ');
  };

  return {
    hooks: {
      ready: (plot) => {
        plot.over.append(box, told);
        plot.root.parentElement?.addEventListener('keydown', (event) => onKey(plot, event), {
          signal: ending.signal,
        });
      },
      setCursor: show,
      destroy: () => ending.abort(),
    },
  };
}

/**
 * What stands at a place of the data: the abscissa, then a line for each series and band that has a
 * value there.
 */
export function readoutAt(
  { x, y, right, series, bands = [] }: PlotLayout,
  data: uPlot.AlignedData,
  index: number,
): string[] {
  const at = (column: number) => data[column + 1]?.[index] ?? null;
  const lines = series.flatMap(({ name, kind, isRight, gap }, column) => {
    const value = at(column);
    if (kind === 'edge' || (value === null && !gap)) return [];
    return [
      `${name}: ${value === null ? gap!(data[0][index]!) : inFull(value, isRight ? right : y)}`,
    ];
  });
  const areas = bands.flatMap(({ name, low, high }) => {
    const [from, to] = [at(low), at(high)];
    return from === null || to === null ? [] : [`${name}: ${inFull(from, y)} to ${inFull(to, y)}`];
  });
  return [`${x.name} ${inFull(data[0][index]!, x)}`, ...lines, ...areas];
}

const inFull = (value: number, axis: PlotAxis | undefined): string =>
  (axis?.inFull ?? ((number) => String(+number.toPrecision(5))))(value);
