import { VisuallyHidden } from '@mantine/core';
import { useState, type KeyboardEvent, type PointerEvent, type ReactNode, type Ref } from 'react';
import { keyedPlace } from '../../keyed-place';
import type { Plane } from './plane';
import { StopBox, StopMarks, type Stops } from './reading';

interface ReadingAreaProps {
  readonly ref: Ref<HTMLDivElement>;
  readonly title: string;
  /** null before the chart's width is known. */
  readonly plane: Plane | null;
  readonly stops: Stops;
  /** In pixels. */
  readonly height: number;
  /** The drawing: it isn't made anew as the reading moves. */
  readonly children: ReactNode;
}

/** Reads a chart by pointer and by keys, and says aloud what the keys come to. */
export function ReadingArea({ ref, title, plane, stops, height, children }: ReadingAreaProps) {
  const [read, setRead] = useState<number | null>(null);
  const [said, setSaid] = useState('');
  // The points may have become fewer since.
  const stop = read !== null && read < stops.count ? stops.at(read) : null;

  const readAt = (index: number | null) => {
    setRead(index);
    if (index !== read) stops.onRead?.(index);
  };
  const onPointer = (event: PointerEvent<HTMLDivElement>) => {
    if (!plane) return;
    const { left, top } = event.currentTarget.getBoundingClientRect();
    readAt(stops.nearest(event.clientX - left, event.clientY - top, plane));
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.key === 'Escape') readAt(null);
    if (event.key === 'Enter' && stop && read !== null) stops.onOpen?.(read);
    const next = keyedPlace(event.key, read, 0, stops.count - 1);
    if (next === null) return;
    event.preventDefault();
    readAt(next);
    setSaid(stops.at(next).lines.join(', '));
  };
  return (
    <div
      ref={ref}
      role="group"
      tabIndex={0}
      aria-label={
        `${title}: a chart, read with the arrow keys` +
        (stops.onOpen ? ', Enter opens the point' : '')
      }
      onKeyDown={onKey}
      onPointerMove={onPointer}
      onPointerDown={onPointer}
      onPointerLeave={() => readAt(null)}
      onBlur={() => readAt(null)}
      onClick={() => stop && read !== null && stops.onOpen?.(read)}
      style={{
        ...{ position: 'relative', height, minWidth: 0, touchAction: 'pan-y' },
        ...{ fontVariantNumeric: 'tabular-nums', userSelect: 'none' },
        cursor: stop && stops.onOpen ? 'pointer' : undefined,
      }}
    >
      <div aria-hidden>{children}</div>
      {plane && stop && (
        <>
          <StopMarks stop={stop} plane={plane} hasLine={stops.hasLine ?? false} />
          <StopBox stop={stop} plane={plane} />
        </>
      )}
      <VisuallyHidden role="status">{said}</VisuallyHidden>
    </div>
  );
}
