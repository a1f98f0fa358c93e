import type { CSSProperties } from 'react';
import type { Plane } from './plane';

/** A place of a chart that is read: what stands there, and what is said of it. */
export interface Stop {
  /** In units of the horizontal axis. */
  readonly x: number;
  /** Points that are marked, in units of the vertical axis. */
  readonly marks: readonly { readonly y: number; readonly colour: string }[];
  /** The first names the place, such as "FAR 1.0e-2"; the others the values there. */
  readonly lines: readonly string[];
}

/** All that can be read of a chart, in the order in which arrow keys go through it. */
export interface Stops {
  readonly count: number;
  readonly at: (index: number) => Stop;
  /** The stop that a pointer means; null if none is near. Places are pixels of the plane. */
  readonly nearest: (x: number, y: number, plane: Plane) => number | null;
  /** A vertical line leads down to the axis. */
  readonly hasLine?: boolean;
  /** A click or Enter opens the stop. */
  readonly onOpen?: (index: number) => void;
  /** Called as the reading moves; null when it ends. */
  readonly onRead?: (index: number | null) => void;
}

/**
 * The stop nearest to a pointer's place, along the horizontal axis.
 * @param xs values of the stops, ascending
 * @param x in pixels
 */
export function nearestAcross(
  xs: ArrayLike<number>,
  x: number,
  { toX, left, right }: Plane,
): number | null {
  if (xs.length === 0 || x < left - 8 || x > right + 8) return null;
  let [low, high] = [0, xs.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (toX(xs[middle]!) <= x) low = middle;
    else high = middle;
  }
  return x - toX(xs[low]!) <= toX(xs[high]!) - x ? low : high;
}

/** Marks a stop, above the drawing. */
export function StopMarks({ stop, plane, hasLine }: StopProps & { readonly hasLine: boolean }) {
  const x = plane.toX(stop.x);
  return (
    <svg
      aria-hidden
      width={plane.width}
      height={plane.height}
      style={{ position: 'absolute', inset: 0, pointerEvents: 'none' }}
    >
      {hasLine && (
        <path d={`M${x} ${plane.top}V${plane.bottom}`} stroke="var(--mantine-color-dimmed)" />
      )}
      {stop.marks.map(({ y, colour }, i) => (
        <circle
          key={i}
          cx={x}
          cy={plane.toY(y)}
          r={4.5}
          fill={colour}
          stroke="var(--mantine-color-body)"
          strokeWidth={1.5}
        />
      ))}
    </svg>
  );
}

interface StopProps {
  readonly stop: Stop;
  readonly plane: Plane;
}

/** What stands at a stop, in a box beside it. */
export function StopBox({ stop, plane }: StopProps) {
  const x = plane.toX(stop.x);
  const isAtRight = x > (plane.left + plane.right) / 2;
  const side: CSSProperties = isAtRight ? { right: plane.width - x + 12 } : { left: x + 12 };
  const [place, ...values] = stop.lines;
  return (
    <div aria-hidden style={{ ...box, ...side, top: plane.top + 4, maxWidth: 0.8 * plane.width }}>
      <div style={{ color: 'var(--mantine-color-dimmed)' }}>{place}</div>
      {values.map((line, i) => (
        <div key={i}>{line}</div>
      ))}
    </div>
  );
}

const box: CSSProperties = {
  position: 'absolute',
  zIndex: 10,
  padding: '4px 10px',
  borderRadius: 6,
  fontSize: 13,
  lineHeight: 1.45,
  pointerEvents: 'none',
  background: 'var(--mantine-color-body)',
  boxShadow: '0 0 0 1px var(--scf-rule), 0 2px 10px rgb(0 0 0 / 0.12)',
};
