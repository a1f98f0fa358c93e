import { Box, Card, Text } from '@mantine/core';

/** What a chart's card holds. */
export interface ChartCardProps {
  readonly title: string;
  readonly legend: readonly { readonly name: string; readonly colour: string }[];
  /** The drawing. Its place is kept where it draws nothing yet. */
  readonly children: React.ReactElement;
  /** Of the drawing, in pixels. */
  readonly height: number;
  readonly ref?: React.Ref<HTMLDivElement>;
}

/** A chart's card: title, legend in words, and the drawing. */
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
