import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useEffectEvent, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { type PlotData, type PlotLayout, plotOptions, resolved } from './plot-layout';
import { plotReadout } from './plot-readout';
import { plotZoom, type RangeControl } from './plot-zoom';

export interface PlotProps {
  /** Its name for screen readers. */
  readonly label: string;
  /** Compared by identity: a new object makes a new plot. */
  readonly layout: PlotLayout;
  readonly data: PlotData;
  /** In pixels. */
  readonly height: number;
  /** The ends of the horizontal axis; may change without a new plot. The layout's by default. */
  readonly shownX?: readonly [number, number];
  /** What is to the right of this abscissa is veiled. */
  readonly upToX?: number | null;
  /** Makes the plot zoom and pan. Compared by identity, as the layout is. */
  readonly rangeControl?: RangeControl;
}

/** Curves, bars or dots on a canvas, with a readout for pointer and keyboard. */
export function Plot({ label, layout, data, height, shownX, upToX, rangeControl }: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const now = useRef({ shownX, upToX });
  const scheme = useComputedColorScheme();
  const begin = useEffectEvent((element: HTMLElement) => {
    const { ends } = layout.x;
    const x = shownX
      ? {
          ...layout.x,
          ends: (a: number, b: number) => now.current.shownX ?? ends?.(a, b) ?? [a, b],
        }
      : layout.x;
    return new uPlot(
      {
        ...plotOptions({ ...layout, x }, element.clientWidth, height),
        plugins: [
          plotReadout(layout),
          { hooks: { draw: (drawn) => drawVeil(drawn, now.current.upToX ?? null) } },
          ...(rangeControl ? [plotZoom(rangeControl)] : []),
        ],
      },
      aligned(data),
      element,
    );
  });
  // Before the effects that draw.
  useEffect(() => {
    now.current = { shownX, upToX };
  }, [shownX, upToX]);
  useEffect(() => {
    const element = host.current!;
    plot.current = begin(element);
    const resizing = new ResizeObserver(() => {
      const { current } = plot;
      if (current && current.width !== element.clientWidth)
        current.setSize({ width: element.clientWidth, height });
    });
    resizing.observe(element);
    return () => {
      resizing.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [layout, height, scheme, rangeControl]);
  const drawn = useRef({ data, shownX });
  useEffect(() => {
    const isNew = plot.current?.data !== aligned(data) || drawn.current.shownX !== shownX;
    drawn.current = { data, shownX };
    if (isNew) plot.current?.setData(aligned(data));
  }, [data, shownX]);
  useEffect(() => plot.current?.redraw(false), [upToX]);
  const keys = rangeControl ? ', zoomed with plus and minus, moved with Shift and arrows' : '';
  return (
    <div
      ref={host}
      role="group"
      aria-label={`${label}: a chart, read with the arrow keys${keys}`}
      tabIndex={0}
      style={{ height, minWidth: 0 }}
    />
  );
}

/** Fades what is right of an abscissa, and draws a line at it. */
function drawVeil({ ctx, bbox, scales, valToPos }: uPlot, at: number | null): void {
  const { min = null, max = null } = scales.x!;
  if (at === null || min === null || max === null || at >= max) return;
  const left = Math.max(bbox.left, Math.round(valToPos(at, 'x', true)));
  ctx.save();
  // Takes most of the ink away, whatever the ground.
  ctx.globalCompositeOperation = 'destination-out';
  ctx.globalAlpha = 0.85;
  // The fill of a band, which was drawn last, is nearly transparent.
  ctx.fillStyle = 'black';
  ctx.fillRect(left, bbox.top, bbox.left + bbox.width - left, bbox.height);
  ctx.globalCompositeOperation = 'source-over';
  ctx.globalAlpha = 1;
  ctx.fillStyle = resolved('var(--mantine-color-dimmed)');
  ctx.fillRect(left, bbox.top, devicePixelRatio, bbox.height);
  ctx.restore();
}

const aligned = (data: PlotData): uPlot.AlignedData => data as unknown as uPlot.AlignedData;
