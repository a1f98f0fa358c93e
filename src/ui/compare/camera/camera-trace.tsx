import { Box, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { CameraPoint } from './camera-slice';

export interface CameraTraceProps {
  readonly title: string;
  readonly points: readonly CameraPoint[];
  readonly valueOf: (point: CameraPoint) => number | null;
  /** Ends of the axis, which grows if values exceed them. */
  readonly from: number;
  readonly to: number;
  readonly format: (value: number) => string;
  /** Of the newest value, shown beside it. */
  readonly aside?: ReactNode;
  readonly testId?: string;
  /** A horizontal line, and its name. */
  readonly line?: { readonly at: number; readonly name: string };
  readonly colour: string;
}

const [WIDTH, HEIGHT] = [300, 84];

/** The values of the last frames as a curve, newest at the right. Null values leave gaps. */
export function CameraTrace({
  title,
  points,
  valueOf,
  from,
  to,
  format,
  aside,
  testId,
  line,
  colour,
}: CameraTraceProps) {
  const values = points.map(valueOf);
  const known = values.filter((value) => value !== null);
  const all = [from, to, ...known, ...(line ? [line.at] : [])];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const y = (value: number) => HEIGHT - 4 - ((HEIGHT - 8) * (value - low)) / (high - low || 1);
  const x = (i: number) => WIDTH - (points.length - 1 - i) * (WIDTH / 119);
  const path = values
    .map((value, i) => {
      if (value === null) return '';
      const command = (values[i - 1] ?? null) === null ? 'M' : 'L';
      return `${command}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join('');
  const last = values.at(-1) ?? null;
  return (
    <Box>
      <Text size="sm">
        {title}:{' '}
        <b data-testid={testId} style={{ fontVariantNumeric: 'tabular-nums' }}>
          {last === null ? '–' : format(last)}
        </b>
        {aside}
        {line && (
          <Text span size="xs" c="dimmed">
            {' '}
            · dashed: {line.name}, {format(line.at)}
          </Text>
        )}
      </Text>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        width="100%"
        height={HEIGHT}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title} over the last ${points.length} frames`}
      >
        <rect
          width={WIDTH}
          height={HEIGHT}
          fill="var(--mantine-color-default)"
          stroke="var(--mantine-color-default-border)"
        />
        {line && (
          <line
            x1={0}
            x2={WIDTH}
            y1={y(line.at)}
            y2={y(line.at)}
            stroke="var(--mantine-color-red-6)"
            strokeDasharray="5 4"
            vectorEffect="non-scaling-stroke"
          />
        )}
        <path
          d={path}
          fill="none"
          stroke={colour}
          strokeWidth={2}
          vectorEffect="non-scaling-stroke"
        />
      </svg>
    </Box>
  );
}
