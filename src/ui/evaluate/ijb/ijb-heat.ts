import type { ResultRow } from '../../../evaluation/results-table';
import { unmeasuredColumns } from '../../../evaluation/statistics/result-cell';
import { farText, type HeatFigure } from '../result/heat';

const TAR = 'TAR';

/** The one figure of a release. */
export const ijbFigure = (data: string): HeatFigure => ({
  name: TAR,
  title: `TAR on ${data}`,
  far: null,
});

/**
 * A release has one protocol and several rates: each rate that some method has enough pairs for, as
 * if it were a protocol, so that the heat table shows them side by side.
 */
export function ratesAsProtocols(rows: readonly ResultRow[]): ResultRow[] {
  const left = unmeasuredColumns(rows);
  return rows.flatMap((row) =>
    Object.entries(row.cells)
      .filter(([column]) => !left.includes(column))
      .map(([, cell]) => ({
        ...row,
        protocol: `FAR ${farText(cell.rate!.far)}`,
        cells: { [TAR]: cell },
      })),
  );
}
