import { headOf, methodNames } from '../../confidence/confidence-method';
import { methodTitles } from '../../confidence/methods';
import type { ResultRow } from '../../evaluation/results-table';
import type { EvaluationResult } from './evaluate';

/** An evaluation's results as a table: a row for each method and protocol, as in the paper. */
export function evaluationRows({
  protocols,
  backbone,
  heads,
  seed,
  data,
}: EvaluationResult): ResultRow[] {
  return protocols.flatMap(({ name, planned, report }) =>
    methodNames.flatMap((method): ResultRow[] => {
      const found = report.methods[method];
      if (!found) return [];
      const trained = headOf(method);
      const rates = Object.entries(found.tarAtFar).map(
        ([far, tar]) => [`TAR@FAR ${Number(far).toExponential()}`, tar] as const,
      );
      return [
        {
          method: methodTitles[method],
          protocol: name,
          pairs: report.pairs,
          planned,
          backbone,
          head: (trained && heads[trained]) ?? 'none',
          seed,
          data,
          cells: { accuracy: found.accuracy, ...Object.fromEntries(rates), AUC: found.auc },
        },
      ];
    }),
  );
}
