import { headOf, methodNames, type MethodName } from '../../../confidence/confidence-method';
import { methodTitles } from '../../../confidence/methods';
import type { IjbIntervalFigures } from '../../../evaluation/ijb/ijb-intervals';
import type { ResultRow } from '../../../evaluation/results-table';
import { isBetter } from '../../../evaluation/statistics/figures';
import type { ResultCell } from '../../../evaluation/statistics/result-cell';
import { evidenceAt } from '../../../evaluation/statistics/rule-of-thirty';
import type { IjbResult } from './evaluate-ijb';

/** A method's row, and which method it is. */
export interface IjbRow extends ResultRow {
  readonly name: MethodName;
}

/** The column of a FAR. */
export const ijbColumn = (far: number): string => `TAR@FAR ${far.toExponential()}`;

/** The results as a table: a row for each method, as in the tables of other evaluations. */
export function ijbRows(result: IjbResult): IjbRow[] {
  const { methods, bootstrap, pairs, backbone, heads, data, seed } = result;
  return methodNames.flatMap((name): IjbRow[] => {
    const found = methods[name];
    if (!found) return [];
    const trained = headOf(name);
    return [
      {
        name,
        method: methodTitles[name],
        protocol: '1:1 templates',
        pairs: pairs - found.lostPairs,
        planned: pairs,
        impostors: found.impostor,
        draws: 1,
        resamples: bootstrap.resamples,
        over: bootstrap.over,
        backbone,
        head: (trained && heads[trained]) ?? 'none',
        seed,
        data,
        accuracyStd: null,
        cells: cellsOf(found),
      },
    ];
  });
}

function cellsOf(found: IjbIntervalFigures): Readonly<Record<string, ResultCell>> {
  return Object.fromEntries(
    Object.keys(found.tarAtFar).map((name) => {
      const far = Number(name);
      const cell: ResultCell = {
        value: found.tarAtFar[name] ?? null,
        interval: found.intervals.tarAtFar[name] ?? null,
        spread: null,
        isBetter: isBetter(found.differences?.tarAtFar[name]),
        rate: { far, evidence: evidenceAt(far, found.impostor) },
      };
      return [ijbColumn(far), cell];
    }),
  );
}
