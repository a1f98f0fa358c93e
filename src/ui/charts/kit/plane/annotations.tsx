import type { Plane } from './plane';
import { textWidth } from './text-width';

/** A straight line across the plot with a label, such as a threshold. */
export interface Rule {
  /** The axis whose value it marks: a line at an x is vertical. */
  readonly axis: 'x' | 'y';
  readonly at: number;
  readonly label: string;
  /** The text's colour by default. */
  readonly colour?: string;
  /** Lengths of dashes and gaps, in pixels; '4 3' by default, '' for a line drawn through. */
  readonly dash?: string;
}

const LABEL = {
  fontSize: 13,
  stroke: 'var(--mantine-color-body)',
  strokeWidth: 4,
  strokeLinejoin: 'round',
  // The ground around the letters keeps curves from running through them.
  paintOrder: 'stroke',
} as const;
const TEXT_COLOUR = 'var(--mantine-color-text)';

interface RulesProps {
  readonly rules: readonly Rule[];
  readonly plane: Plane;
}

/** Rules with their labels; one beyond the axis's ends stands at the end. */
export function Rules({ rules, plane }: RulesProps) {
  const placed = rules.map((rule) => ({ ...rule, place: placeOf(rule, plane) }));
  const across = placed.filter(({ axis }) => axis === 'y');
  const upright = labelled(
    placed.filter(({ axis }) => axis === 'x'),
    plane,
  );
  return (
    <g>
      {across.map(({ label, place, colour = TEXT_COLOUR, dash = '4 3' }) => (
        <g key={label}>
          <path
            d={`M${plane.left} ${place}H${plane.right}`}
            stroke={colour}
            strokeWidth={1.6}
            strokeDasharray={dash}
          />
          <text {...LABEL} fill={colour} x={plane.right} y={place - 6} textAnchor="end">
            {label}
          </text>
        </g>
      ))}
      {upright.map(({ label, place, colour = TEXT_COLOUR, dash = '4 3', start, row }) => (
        <g key={label}>
          <path
            d={`M${place} ${plane.top}V${plane.bottom}`}
            stroke={colour}
            strokeWidth={1.6}
            strokeDasharray={dash}
          />
          <text {...LABEL} fill={colour} x={start} y={plane.top + 13 + ROW * row}>
            {label}
          </text>
        </g>
      ))}
    </g>
  );
}

function placeOf({ axis, at }: Rule, plane: Plane): number {
  const [low, high] = plane[axis].ends;
  const within = Math.min(high, Math.max(low, at));
  return axis === 'x' ? plane.toX(within) : plane.toY(within);
}

/** Between a rule and its label, and between labels, in pixels. */
const GAP = 6;
const ROW = 18;

interface Upright extends Rule {
  readonly place: number;
}

interface Labelled extends Upright {
  /** Where its label begins, and the row that it stands in. */
  readonly start: number;
  readonly row: number;
}

/**
 * Labels stand right of their rules, or left where another rule or the plot's edge is in the way,
 * and in a further row where both are.
 */
function labelled(rules: readonly Upright[], { left, right }: Plane): Labelled[] {
  const placed: Labelled[] = [];
  for (const rule of rules) {
    const width = textWidth(rule.label);
    const starts = [rule.place + GAP, rule.place - GAP - width];
    const isWithin = (start: number) => start >= left && start + width <= right;
    const meets = (start: number, place: number) =>
      start - GAP < place && place < start + width + GAP;
    const isFree = (start: number, row: number) =>
      isWithin(start) &&
      rules.every((other) => other === rule || !meets(start, other.place)) &&
      placed.every(
        (other) =>
          other.row !== row ||
          other.start > start + width + GAP ||
          other.start + textWidth(other.label) + GAP < start,
      );
    const free = [0, 1, 2]
      .flatMap((row) => starts.map((start) => ({ start, row })))
      .find(({ start, row }) => isFree(start, row));
    const fallback = { start: starts.find(isWithin) ?? left, row: placed.length };
    placed.push({ ...rule, ...(free ?? fallback) });
  }
  return placed;
}
