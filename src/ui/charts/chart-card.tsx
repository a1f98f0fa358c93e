import { Box, Card, Text } from '@mantine/core';

export interface ChartCardProps {
  readonly title: string;
  readonly legend: readonly { readonly name: string; readonly colour: string }[];
  /** The plot. Its space is reserved while there is nothing to draw. */
  readonly children: React.ReactElement;
  /** Of the plot, in pixels. */
  readonly height: number;
  readonly ref?: React.Ref<HTMLDivElement>;
}

/** A card with a chart: title, legend and plot. */
export function ChartCard({ ref, title, legend, children, height }: ChartCardProps) {
  return (
    <Card ref={ref} withBorder padding="sm" component="section" aria-label={title}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <Text size="xs" c="dimmed" mb={4}>
        {legend.map(({ name, colour }) => (
          <span key={name} style={{ marginRight: 12, display: 'inline-block' }}>
            <span aria-hidden style={{ color: colour }}>
              ●
            </span>{' '}
            {name}
          </span>
        ))}
      </Text>
      <Box h={height}>{children}</Box>
    </Card>
  );
}
