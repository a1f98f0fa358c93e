import { expect, it } from 'vitest';
import { resultsCsv, resultsLatex, resultsMarkdown, type ResultRow } from './results-table';

const row: ResultRow = {
  method: 'SCF',
  protocol: 'both degraded',
  pairs: 6000,
  planned: 6000,
  backbone: 'net_1',
  head: 'a|b & 50 %',
  seed: 7,
  data: '=lfw,"1"',
  cells: { accuracy: 0.98765, 'TAR@FAR 1e-5': null },
};
const rows = [row, { ...row, method: 'Cosine', cells: { accuracy: 1, AUC: 0.5 } }];

it('CSV has plain shares, doubled quotes, and no text that a spreadsheet would run', () => {
  expect(resultsCsv(rows).split('\r\n')).toEqual([
    'method,protocol,pairs,planned,backbone,head,seed,data,accuracy,TAR@FAR 1e-5,AUC',
    'SCF,both degraded,6000,6000,net_1,a|b & 50 %,7,"\'=lfw,""1""",0.98765,not measurable,not run',
    'Cosine,both degraded,6000,6000,net_1,a|b & 50 %,7,"\'=lfw,""1""",1,not run,0.5',
    '',
  ]);
});

it('Markdown has percentages and escaped bars', () => {
  const [head, rule, first] = resultsMarkdown(rows).split('\n');
  expect(head).toBe(
    '| method | protocol | accuracy | TAR@FAR 1e-5 | AUC | pairs | backbone | head | seed | data |',
  );
  expect(rule).toBe('|' + '---|'.repeat(10));
  expect(first).toBe(
    '| SCF | both degraded | 98.77 % | not measurable | not run | 6,000 | net_1 | a\\|b & ' +
      '50 % | 7 | =lfw,"1" |',
  );
});

it('LaTeX has its special characters escaped', () => {
  const text = resultsLatex([{ ...row, data: '~^\\{}#$' }]);
  expect(text).toContain('\\begin{tabular}{llrrrllrl}');
  expect(text).toContain(
    '98.77 \\% & not measurable & 6,000 & net\\_1 & a|b \\& 50 \\% & 7 & ' +
      '\\textasciitilde{}\\textasciicircum{}\\textbackslash{}\\{\\}\\#\\$ \\\\',
  );
});

it('shows how many of the protocol’s pairs have a score, if not all', () => {
  const some = [{ ...row, pairs: 12, planned: 24 }];
  expect(resultsMarkdown(some)).toContain('| 12 of 24 |');
  expect(resultsLatex(some)).toContain('& 12 of 24 &');
  expect(resultsCsv(some)).toContain('SCF,both degraded,12,24,net_1');
});
