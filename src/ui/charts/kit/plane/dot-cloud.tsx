import type { Plane } from './plane';
import type { Points } from '../scatter-chart';

/** Dots are smaller and fainter where there are many of them. */
const MANY = 800;

interface DotCloudProps {
  readonly points: Points;
  /** Indices of the points that are drawn. */
  readonly order: readonly number[];
  readonly highlighted: readonly number[];
  readonly plane: Plane;
}

/** All points as one path: an element for each of thousands would hold up the page. */
export function DotCloud({ points: { x, y, colour }, order, highlighted, plane }: DotCloudProps) {
  const { toX, toY } = plane;
  const isMany = order.length > MANY;
  return (
    <g>
      <path
        d={dotPath(x, y, order, plane)}
        stroke={colour}
        strokeWidth={isMany ? 4 : 5.5}
        strokeLinecap="round"
        opacity={isMany ? 0.35 : 0.5}
      />
      {highlighted
        .filter((i) => Number.isFinite(x[i] ?? NaN) && Number.isFinite(y[i] ?? NaN))
        .map((i) => (
          <circle
            key={i}
            cx={toX(x[i]!)}
            cy={toY(y[i]!)}
            r={5.5}
            fill={colour}
            stroke="var(--mantine-color-text)"
            strokeWidth={1.6}
          />
        ))}
    </g>
  );
}

/** A line without length for each point, whose round ends are its dot. */
function dotPath(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  order: readonly number[],
  { left, right, top, bottom, toX, toY }: Plane,
): string {
  let path = '';
  for (const i of order) {
    const [across, up] = [toX(x[i]!), toY(y[i]!)];
    // What is beyond the axes' ends is left out.
    if (across >= left - 1 && across <= right + 1 && up >= top - 1 && up <= bottom + 1)
      path += `M${across.toFixed(1)} ${up.toFixed(1)}h0`;
  }
  return path;
}
