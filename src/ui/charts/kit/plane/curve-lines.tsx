import type { ReactNode } from 'react';
import { Line } from 'recharts';
import type { Curve } from '../curve';

/**
 * The lines of curves, each over its column of the drawn rows, as Recharts takes them; the first in
 * front.
 */
export function curveLines(
  curves: readonly Curve[],
  isShown: (name: string) => boolean,
): readonly ReactNode[] {
  const lines = curves.map(({ name, colour, dash, isStepped, hasPoints }, i) =>
    isShown(name) ? (
      <Line
        key={name}
        type={isStepped ? 'stepAfter' : 'linear'}
        dataKey={`y${i}`}
        stroke={colour}
        strokeWidth={2}
        strokeDasharray={dash}
        dot={hasPoints ? { r: 3, fill: colour, strokeWidth: 0 } : false}
        activeDot={false}
        isAnimationActive={false}
      />
    ) : null,
  );
  return lines.reverse();
}
