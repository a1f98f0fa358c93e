import { Box, Card, Group, Text, UnstyledButton } from '@mantine/core';

/** A line of a chart's legend. */
export interface LegendEntry {
  /** Where names may be the same; the name by default. */
  readonly key?: string;
  readonly name: string;
  readonly colour: string;
  /** Of a curve: lengths of dashes and gaps in pixels, empty if it is drawn through. */
  readonly dash?: string;
  /** Makes it a switch. */
  readonly toggle?: { readonly isShown: boolean; readonly change: () => void };
}

export interface ChartCardProps {
  readonly title: string;
  readonly legend: readonly LegendEntry[];
  /** The plot. Its space is reserved while there is nothing to draw. */
  readonly children: React.ReactNode;
  /** Of the plot, in pixels. */
  readonly height: number;
  /** At the right of the title. */
  readonly tools?: React.ReactNode;
  readonly ref?: React.Ref<HTMLDivElement>;
}

/** A card with a chart: title, legend and plot. */
export function ChartCard({ ref, title, legend, children, height, tools }: ChartCardProps) {
  return (
    <Card ref={ref} withBorder padding="sm" component="section" aria-label={title}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="sm" fw={600}>
          {title}
        </Text>
        {tools}
      </Group>
      <ChartLegend entries={legend} />
      <Box h={height}>{children}</Box>
    </Card>
  );
}

/** The names of curves, some of them switches. */
export function ChartLegend({ entries }: { readonly entries: readonly LegendEntry[] }) {
  return (
    <Text component="div" size="xs" c="dimmed" mb={4}>
      {entries.map((entry) => (
        <LegendItem key={entry.key ?? entry.name} entry={entry} />
      ))}
    </Text>
  );
}

function LegendItem({ entry }: { readonly entry: LegendEntry }) {
  const { name, colour, dash, toggle } = entry;
  const content = (
    <>
      <Swatch colour={colour} dash={dash} /> {name}
    </>
  );
  const style = { marginRight: 12, display: 'inline-block' };
  if (!toggle) return <span style={style}>{content}</span>;
  return (
    <UnstyledButton
      fz="xs"
      lh="24px"
      aria-pressed={toggle.isShown}
      onClick={toggle.change}
      style={{
        ...style,
        color: 'inherit',
        textDecoration: toggle.isShown ? undefined : 'line-through',
      }}
    >
      {content}
    </UnstyledButton>
  );
}

function Swatch({ colour, dash }: Pick<LegendEntry, 'colour' | 'dash'>) {
  if (dash === undefined)
    return (
      <span aria-hidden style={{ color: colour }}>
        ●
      </span>
    );
  return (
    <svg aria-hidden width={24} height={8} style={{ verticalAlign: 'middle' }}>
      <line x1={0} x2={24} y1={4} y2={4} strokeWidth={2} stroke={colour} strokeDasharray={dash} />
    </svg>
  );
}
