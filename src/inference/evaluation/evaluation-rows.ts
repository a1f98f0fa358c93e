import { headOf, methodNames } from '../../confidence/confidence-method';
import { methodTitles } from '../../confidence/methods';
import type { PairReport } from '../../evaluation/pair-report';
import type { MethodFigures } from '../../evaluation/statistics/method-figures';
import type { ResultRow } from '../../evaluation/results-table';
import { isBetter, type Figures } from '../../evaluation/statistics/figures';
import type { ResultCell } from '../../evaluation/statistics/result-cell';
import { evidenceAt } from '../../evaluation/statistics/rule-of-thirty';
import type { EvaluationResult } from './evaluate';

/** The results as a table: a row for each method and protocol, as in the paper. */
export function evaluationRows({
  protocols,
  backbone,
  heads,
  seed,
  data,
}: Pick<EvaluationResult, 'protocols' | 'backbone' | 'heads' | 'seed' | 'data'>): ResultRow[] {
  return protocols.flatMap(({ name, planned, report }) =>
    methodNames.flatMap((method): ResultRow[] => {
      const found = report.methods[method];
      if (!found) return [];
      const trained = headOf(method);
      return [
        {
          method: methodTitles[method],
          protocol: name,
          pairs: report.pairs,
          planned,
          impostors: report.impostor,
          draws: report.draws,
          resamples: report.bootstrap.resamples,
          over: report.bootstrap.over,
          backbone,
          head: (trained && heads[trained]) ?? 'none',
          seed,
          data,
          accuracyStd: found.accuracyStd,
          cells: cellsOf(found, report),
        },
      ];
    }),
  );
}

/** The cells of a method by column. */
function cellsOf(found: MethodFigures, { impostor }: PairReport): Record<string, ResultCell> {
  const cell = (
    figure: <T>(figures: Figures<T>) => T | undefined,
    rate: ResultCell['rate'] = null,
  ): ResultCell => ({
    // An older studio measured rates with fewer pairs too.
    value: rate?.evidence === 'none' ? null : (figure(found) ?? null),
    interval: figure(found.intervals) ?? null,
    spread: figure(found.spread) ?? null,
    isBetter: found.differences !== null && isBetter(figure(found.differences)),
    rate,
  });
  const rates = Object.keys(found.tarAtFar).map((name) => {
    const far = Number(name);
    const rate = { far, evidence: evidenceAt(far, impostor) };
    return [
      `TAR@FAR ${far.toExponential()}`,
      cell(({ tarAtFar }) => tarAtFar[name], rate),
    ] as const;
  });
  return {
    accuracy: cell(({ accuracy }) => accuracy),
    ...Object.fromEntries(rates),
    AUC: cell(({ auc }) => auc),
  };
}
