import { csvCell } from '../../../../evaluation/results-table';

/** A cell of a chart's figures; null for what couldn't be measured. */
export type FigureCell = string | number | null;

/** All points of a chart as a table, whose rows are made when they are asked for. */
export interface ChartFigures {
  readonly heads: readonly string[];
  readonly count: number;
  readonly rowAt: (index: number) => readonly FigureCell[];
}

/** Comma-separated values (RFC 4180): the heads, then every row. */
export function figuresCsv({ heads, count, rowAt }: ChartFigures): string {
  const lines = [csvLine(heads)];
  for (let i = 0; i < count; i++) lines.push(csvLine(rowAt(i)));
  return lines.join('');
}

const csvLine = (cells: readonly FigureCell[]): string =>
  cells.map((cell) => (cell === null ? '' : csvCell(cell))).join(',') + '\r\n';

/** Indices of evenly spread rows, the first and the last among them. @param most at least 2 */
export function spreadRows(count: number, most: number): readonly number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / (most - 1)));
}
