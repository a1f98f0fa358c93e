import { describe, expect, it } from 'vitest';
import type { ResultRow } from '../../../evaluation/results-table';
import { evidenceAt } from '../../../evaluation/statistics/rule-of-thirty';
import { firstFigure, foldedSentence, heatFigures, heatOf } from './heat';

/** A row whose rates are measured as far as its impostor pairs reach. */
function rowOf(
  method: string,
  protocol: string,
  value: number,
  { impostors = 3000, isBetter = false } = {},
): ResultRow {
  const cell = (figure: number | null, rate: { far: number } | null = null) => ({
    value: figure,
    interval: null,
    spread: null,
    isBetter,
    rate: rate && { ...rate, evidence: evidenceAt(rate.far, impostors) },
  });
  const rates = [1e-1, 1e-2, 1e-3, 1e-4].map((far) => {
    const isMeasured = evidenceAt(far, impostors) !== 'none';
    return [`TAR@FAR ${far.toExponential()}`, cell(isMeasured ? value : null, { far })] as const;
  });
  return {
    method,
    protocol,
    pairs: 2 * impostors,
    planned: 2 * impostors,
    impostors,
    draws: 1,
    resamples: 1000,
    over: 'people',
    backbone: 'b',
    head: 'h',
    seed: 1,
    data: 'd',
    accuracyStd: null,
    cells: { accuracy: cell(value), ...Object.fromEntries(rates), AUC: cell(value) },
  };
}

describe('the heat table', () => {
  it('shows the figures that some protocol measures, and folds the others into a sentence', () => {
    const rows = [rowOf('Cosine', 'clean', 0.9), rowOf('SCF', 'clean', 0.95)];
    expect(heatFigures(rows).map(({ title }) => title)).toEqual([
      'TAR at FAR 1 %',
      'TAR at FAR 10 %',
      'Accuracy',
      'AUC',
    ]);
    expect(foldedSentence(rows)).toBe(
      'TAR at FAR 0.1 % and below can’t be measured with 3,000 impostor pairs: 0.1 % needs 10,000.',
    );
    expect(foldedSentence([...rows, rowOf('SCF', 'big', 0.9, { impostors: 40_000 })])).toBe(
      'TAR at FAR 0.01 % can’t be measured with 3,000 to 40,000 impostor pairs: 0.01 % needs ' +
        '100,000.',
    );
    expect(foldedSentence([rowOf('SCF', 'huge', 0.9, { impostors: 1e6 })])).toBeNull();
  });

  it('begins with the lowest FAR that is measured well, or with the accuracy', () => {
    const first = (...rows: ResultRow[]) => firstFigure(heatFigures(rows), rows);
    expect(first(rowOf('SCF', 'clean', 0.9))).toBe('TAR@FAR 1e-2');
    // At 1 % only 29 impostor pairs would lie above the threshold.
    expect(first(rowOf('SCF', 'clean', 0.9, { impostors: 2900 }))).toBe('TAR@FAR 1e-1');
    expect(first(rowOf('SCF', 'clean', 0.9, { impostors: 20 }))).toBe('accuracy');
    expect(first()).toBe('');
  });

  it('marks the best of a column only where it is better than cosine by more than chance', () => {
    const rows = [
      rowOf('Cosine', 'clean', 0.99),
      rowOf('Cosine', 'both', 0.6),
      // The interval of its difference from cosine's holds zero.
      rowOf('SCF', 'clean', 0.995),
      rowOf('SCF', 'both', 0.7, { isBetter: true }),
      rowOf('PFE-G', 'both', 0.8, { isBetter: true }),
    ];
    const { columns, rows: methods, ends } = heatOf(rows, 'accuracy');
    expect(columns.map(({ protocol }) => protocol)).toEqual(['clean', 'both']);
    expect(methods.map(({ cells }) => cells.map((cell) => cell?.isBest ?? null))).toEqual([
      [false, false],
      [false, false],
      [null, true],
    ]);
    expect(ends).toEqual([0.6, 0.995]);
    expect(methods[0]!.cells[1]!.shade).toBe(0);
    expect(methods[1]!.cells[0]!.shade).toBe(1);
  });

  it('has no shade where nothing was measured, and the full one where all are alike', () => {
    const few = [rowOf('SCF', 'clean', 0.9, { impostors: 20 })];
    const { ends, rows } = heatOf(few, 'TAR@FAR 1e-2');
    expect([ends, rows[0]!.cells[0]!.shade]).toEqual([null, null]);
    const alike = [rowOf('Cosine', 'clean', 1), rowOf('SCF', 'clean', 1)];
    expect(heatOf(alike, 'AUC').rows.map(({ cells }) => cells[0]!.shade)).toEqual([1, 1]);
  });
});
