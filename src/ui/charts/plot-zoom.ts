import type uPlot from 'uplot';

/** What pointer and keys do to the range of a plot. Places are abscissae. */
export interface RangeControl {
  zoomTo(a: number, b: number): void;
  /** @param at stays where it is; null for the middle */
  scale(factor: number, at: number | null): void;
  /** @param distance of the abscissa */
  move(distance: number): void;
  showWhole(): void;
}

/** A drag below this is a click, in pixels. */
const LEAST_DRAG_PX = 6;
/** A key moves the range by this share of it. */
const KEYED_SHARE = 0.2;
const KEYED_FACTOR = 0.5;

/**
 * Zoom and pan of the abscissa. Dragging chooses a range; dragging or turning the wheel with Shift
 * moves it; a double click shows the whole. On a plot with the focus: + and −, Shift with ← and →,
 * and 0 for the whole.
 */
export function plotZoom(control: RangeControl): uPlot.Plugin {
  const listeners = new AbortController();
  const { signal } = listeners;
  return {
    hooks: {
      ready: (plot) => {
        // Dragging upwards still scrolls the page.
        plot.over.style.touchAction = 'pan-y';
        plot.over.addEventListener('pointerdown', (event) => drag(plot, control, event, signal), {
          signal,
        });
        plot.over.addEventListener('dblclick', () => control.showWhole(), { signal });
        plot.over.addEventListener('wheel', (event) => turn(plot, control, event), {
          signal,
          passive: false,
        });
        plot.root.parentElement?.addEventListener(
          'keydown',
          (event) => press(plot, control, event),
          {
            signal,
          },
        );
      },
      destroy: () => listeners.abort(),
    },
  };
}

function drag(
  plot: uPlot,
  control: RangeControl,
  down: PointerEvent,
  destroyed: AbortSignal,
): void {
  if (down.button !== 0) return;
  const { over } = plot;
  const isMoving = down.shiftKey;
  const placeOf = ({ clientX }: PointerEvent) => clientX - over.getBoundingClientRect().left;
  const start = placeOf(down);
  let last = start;
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, destroyed]);
  const select = (from: number, to: number) =>
    plot.setSelect(
      { left: Math.min(from, to), width: Math.abs(to - from), top: 0, height: over.clientHeight },
      false,
    );
  over.setPointerCapture(down.pointerId);
  over.addEventListener(
    'pointermove',
    (event) => {
      const place = Math.max(0, Math.min(over.clientWidth, placeOf(event)));
      if (isMoving) control.move(plot.posToVal(last, 'x') - plot.posToVal(place, 'x'));
      else if (Math.abs(place - start) >= LEAST_DRAG_PX) select(start, place);
      last = place;
    },
    { signal },
  );
  const end = () => {
    ended.abort();
    select(0, 0);
  };
  over.addEventListener('pointercancel', end, { signal });
  over.addEventListener(
    'pointerup',
    () => {
      end();
      if (!isMoving && Math.abs(last - start) >= LEAST_DRAG_PX)
        control.zoomTo(plot.posToVal(start, 'x'), plot.posToVal(last, 'x'));
    },
    { signal },
  );
}

function turn(plot: uPlot, control: RangeControl, event: WheelEvent): void {
  if (!event.shiftKey) return;
  event.preventDefault();
  // Some browsers turn a wheel with Shift sideways.
  const pixels = event.deltaX || event.deltaY;
  control.move(plot.posToVal(pixels, 'x') - plot.posToVal(0, 'x'));
}

function press(plot: uPlot, control: RangeControl, event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { min = null, max = null } = plot.scales.x!;
  if (min === null || max === null) return;
  const { idx } = plot.cursor;
  const at = (plot.cursor.left ?? -1) < 0 ? null : (plot.data[0][idx ?? -1] ?? null);
  const moved = (direction: number) => control.move(direction * KEYED_SHARE * (max - min));
  const actions: Readonly<Record<string, () => void>> = {
    '+': () => control.scale(KEYED_FACTOR, at),
    '=': () => control.scale(KEYED_FACTOR, at),
    '-': () => control.scale(1 / KEYED_FACTOR, at),
    '0': () => control.showWhole(),
    ...(event.shiftKey && { ArrowLeft: () => moved(-1), ArrowRight: () => moved(1) }),
  };
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}
