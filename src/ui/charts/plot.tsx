import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useEffectEvent, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { type PlotData, type PlotLayout, plotOptions } from './plot-layout';
import { plotReadout } from './plot-readout';

export interface PlotProps {
  /** Its name for screen readers. */
  readonly label: string;
  /** Compared by identity: a new object makes a new plot. */
  readonly layout: PlotLayout;
  readonly data: PlotData;
  /** In pixels. */
  readonly height: number;
}

/** Curves, bars or dots on a canvas, with a readout for pointer and keyboard. */
export function Plot({ label, layout, data, height }: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const scheme = useComputedColorScheme();
  const begin = useEffectEvent(
    (element: HTMLElement) =>
      new uPlot(
        { ...plotOptions(layout, element.clientWidth, height), plugins: [plotReadout(layout)] },
        aligned(data),
        element,
      ),
  );
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
  }, [layout, height, scheme]);
  useEffect(() => {
    if (plot.current && plot.current.data !== aligned(data)) plot.current.setData(aligned(data));
  }, [data]);
  return (
    <div
      ref={host}
      role="group"
      aria-label={`${label}: a chart, read with the arrow keys`}
      tabIndex={0}
      style={{ height, minWidth: 0 }}
    />
  );
}

const aligned = (data: PlotData): uPlot.AlignedData => data as unknown as uPlot.AlignedData;
