import { Box, Group, Text } from '@mantine/core';
import type { ReactNode, Ref } from 'react';
import type { ChartFigures } from './export/chart-figures';
import { ChartLegend, type LegendEntry } from './chart-legend';
import { ChartMenu } from './export/chart-menu';
import { HiddenFigures } from './export/hidden-figures';

/** What a person reads around a chart. */
export interface ChartWords {
  readonly title: string;
  /** One line below the title that says how to read the chart. */
  readonly description?: string;
}

export interface ChartFrameProps extends ChartWords {
  readonly legend?: readonly LegendEntry[];
  /** Further controls at the right of the title. */
  readonly tools?: ReactNode;
  /** All points, for the file and for screen readers; null while there are none. */
  readonly figures: (() => ChartFigures) | null;
  /** The chart as an SVG that stands alone; null while nothing is drawn. */
  readonly picture: () => string | null;
  /** Of the plot, in pixels: its space is reserved while there is nothing to draw. */
  readonly height: number;
  /** The plot. */
  readonly children: ReactNode;
  readonly ref?: Ref<HTMLDivElement>;
}

/** Title, description, legend and menu around a plot of either library. */
export function ChartFrame(props: ChartFrameProps) {
  const { ref, title, description, legend = [], tools, figures, picture, height, children } = props;
  return (
    <Box ref={ref} component="section" aria-label={title} miw={0}>
      <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
        <Text fw={600} lh={1.4}>
          {title}
        </Text>
        <Group gap={4} wrap="nowrap" flex="none">
          {tools}
          {figures && <ChartMenu title={title} figures={figures} picture={picture} />}
        </Group>
      </Group>
      {description && (
        <Text size="sm" c="dimmed" lh={1.4} mb={4}>
          {description}
        </Text>
      )}
      {legend.length > 0 && <ChartLegend entries={legend} />}
      <Box h={height} mt={4}>
        {children}
      </Box>
      {figures && <HiddenFigures title={title} figures={figures} />}
    </Box>
  );
}
