import { Group, UnstyledButton } from '@mantine/core';

/** An entry of a chart's legend. */
export interface LegendEntry {
  /** Where names may be the same; the name by default. */
  readonly key?: string;
  readonly name: string;
  /** A CSS colour, or a variable of the theme. */
  readonly colour: string;
  /** Of a curve: lengths of dashes and gaps in pixels, empty if it is drawn through. */
  readonly dash?: string;
  /** Makes it a switch. */
  readonly toggle?: { readonly isShown: boolean; readonly change: () => void };
}

/** The names of what a chart draws, with a sample of each; some of them switches. */
export function ChartLegend({ entries }: { readonly entries: readonly LegendEntry[] }) {
  return (
    <Group gap="2px 16px" fz="sm" lh="24px" c="dimmed">
      {entries.map((entry) => (
        <LegendItem key={entry.key ?? entry.name} entry={entry} />
      ))}
    </Group>
  );
}

function LegendItem({ entry: { name, colour, dash, toggle } }: { readonly entry: LegendEntry }) {
  const isOff = toggle?.isShown === false;
  const content = (
    <span style={{ display: 'inline-flex', alignItems: 'center', gap: 6 }}>
      <Sample colour={colour} dash={dash} isOff={isOff} />
      <span style={{ textDecoration: isOff ? 'line-through' : undefined }}>{name}</span>
    </span>
  );
  if (!toggle) return content;
  return (
    <UnstyledButton fz="sm" lh="24px" c="inherit" aria-pressed={!isOff} onClick={toggle.change}>
      {content}
    </UnstyledButton>
  );
}

interface SampleProps {
  readonly colour: string;
  readonly dash: string | undefined;
  readonly isOff: boolean;
}

/** A piece of the curve, or a dot of its colour. */
const Sample = ({ colour, dash, isOff }: SampleProps) => (
  <svg
    aria-hidden
    width={dash === undefined ? 10 : 26}
    height={10}
    style={{ flex: 'none', opacity: isOff ? 0.35 : 1 }}
  >
    {dash === undefined ? (
      <circle cx={5} cy={5} r={4} fill={colour} />
    ) : (
      <line x2={26} y1={5} y2={5} strokeWidth={2.2} stroke={colour} strokeDasharray={dash} />
    )}
  </svg>
);
