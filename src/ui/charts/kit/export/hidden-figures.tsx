import { VisuallyHidden } from '@mantine/core';
import { useThrottledValue } from '@mantine/hooks';
import { memo, useMemo } from 'react';
import { spreadRows, type ChartFigures, type FigureCell } from './chart-figures';

/** Rows of the table, at most: nobody listens to thousands, and the page would be slow. */
const MAX_ROWS = 40;
/** The table of a chart that is drawn many times a second follows so often, in milliseconds. */
const UPDATED_MS = 5000;

interface HiddenFiguresProps {
  readonly title: string;
  /** Compared by identity. */
  readonly figures: () => ChartFigures;
}

/** A chart's figures as a table that only screen readers find. */
export const HiddenFigures = memo(function HiddenFigures({ title, figures }: HiddenFiguresProps) {
  // In an object: a state that is a function would be called.
  const latest = useMemo(() => ({ figures }), [figures]);
  const { heads, count, rowAt } = useThrottledValue(latest, UPDATED_MS).figures();
  const shown = spreadRows(count, MAX_ROWS);
  const left = shown.length < count ? `, ${shown.length} of ${count} rows` : '';
  return (
    <VisuallyHidden>
      <table>
        <caption>
          {title}, in figures{left}
        </caption>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((index) => {
            const [first = null, ...cells] = rowAt(index);
            return (
              <tr key={index}>
                <th scope="row">{cellText(first)}</th>
                {cells.map((cell, column) => (
                  <td key={heads[column + 1]}>{cellText(cell)}</td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </VisuallyHidden>
  );
});

function cellText(cell: FigureCell): string {
  if (cell === null) return 'no value';
  return typeof cell === 'number' ? String(+cell.toPrecision(6)) : cell;
}
