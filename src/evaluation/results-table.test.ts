import { expect, it } from 'vitest';
import { resultsCsv, resultsLatex, resultsMarkdown, type ResultRow } from './results-table';
import { unmeasuredColumns, unmeasuredSentence, type ResultCell } from './statistics/result-cell';

const plain = (value: number): ResultCell => ({
  value,
  interval: null,
  spread: null,
  isBetter: false,
  rate: null,
});
const better: ResultCell = {
  value: 0.98765,
  interval: [0.98, 0.991],
  spread: 0.0041,
  isBetter: true,
  rate: null,
};
const needy: ResultCell = { ...plain(0), value: null, rate: { far: 1e-5, evidence: 'none' } };
const row: ResultRow = {
  method: 'SCF',
  protocol: 'both degraded',
  pairs: 6000,
  planned: 6000,
  impostors: 3000,
  draws: 5,
  resamples: 1000,
  over: 'people',
  backbone: 'net_1',
  head: 'a|b & 50 %',
  seed: 7,
  data: '=lfw,"1"',
  accuracyStd: 0.01,
  cells: { accuracy: better, 'TAR@FAR 1e-5': needy },
};
const few: ResultCell = { ...plain(0.25), rate: { far: 0.005, evidence: 'few' } };
const rows = [
  row,
  {
    ...row,
    method: 'Cosine',
    accuracyStd: null,
    cells: { accuracy: plain(1), AUC: plain(0.5), 'TAR@FAR 5e-3': few },
  },
];

it('CSV has plain shares, intervals and marks, and no text that a spreadsheet would run', () => {
  const lines = resultsCsv(rows).split('\r\n');
  const [head, first, second] = lines as [string, string, string];
  expect(lines).toHaveLength(4);
  expect(head).toMatch(/^method,protocol,pairs,planned,impostors,draws,resamples,over,backbone,/);
  expect(head).toContain(
    ',deviation over folds,accuracy,accuracy low,accuracy high,accuracy spread,accuracy marks,TAR',
  );
  expect(first).toBe(
    'SCF,both degraded,6000,6000,3000,5,1000,people,net_1,a|b & 50 %,7,"\'=lfw,""1""",0.01,' +
      '0.98765,0.98,0.991,0.0041,*,"needs 1,000,000 pairs",,,,,not run,,,,,not run,,,,',
  );
  expect(second).toMatch(/,,1,,,,,not run,,,,,0\.5,,,,,0\.25,,,,†$/);
});

it('Markdown has intervals, bold for better than cosine, and says what marks mean', () => {
  const [head, rule, first, second, ...notes] = resultsMarkdown(rows).split('\n');
  expect(head).toBe(
    '| method | protocol | accuracy | TAR@FAR 1e-5 | AUC | TAR@FAR 5e-3 | pairs | backbone | ' +
      'head | seed | data |',
  );
  expect(rule).toBe('|' + '---|'.repeat(11));
  expect(first).toBe(
    '| SCF | both degraded | **98.77 % ± 0.41 [98.00, 99.10]** | needs 1,000,000 pairs | not run ' +
      '| not run | 6,000 | net_1 | a\\|b & 50 % | 7 | =lfw,"1" |',
  );
  expect(second).toContain('| 100.00 % | not run | 50.00 % | 25.00 %† |');
  expect(notes.join('\n').trim().split('\n\n')).toEqual([
    'In brackets: the 95 % interval by bootstrap over people (1,000 resamples).',
    expect.stringContaining('over the draws of the degradations (5)'),
    expect.stringContaining('† fewer than 30 impostor pairs'),
    expect.stringContaining('Bold: better than cosine'),
  ]);
  // A note stands only where it is needed.
  expect(resultsMarkdown([{ ...row, resamples: 0, cells: { AUC: plain(0.5) } }])).toHaveLength(
    resultsMarkdown([{ ...row, resamples: 0, cells: { AUC: plain(0.5) } }]).trim().length + 1,
  );
});

it('says where the intervals are of pairs, because the set names nobody', () => {
  expect(resultsMarkdown([{ ...row, over: 'pairs' }])).toContain(
    'by bootstrap over pairs, as the set names nobody (1,000 resamples)',
  );
});

it('says what an interval without width does not say', () => {
  const sure = { ...plain(1), interval: [1, 1] as const };
  expect(resultsMarkdown([{ ...row, cells: { AUC: sure } }])).toContain('the rule of three');
  expect(resultsMarkdown(rows)).not.toContain('the rule of three');
});

it('LaTeX has its special characters escaped', () => {
  const text = resultsLatex([{ ...row, data: '~^\\{}#$' }]);
  expect(text).toContain('\\begin{tabular}{llrrrllrl}');
  expect(text).toContain(
    '\\textbf{98.77 \\% $\\pm$ 0.41 [98.00, 99.10]} & needs 1,000,000 pairs & 6,000 & ' +
      'net\\_1 & a|b \\& 50 \\% & 7 & ' +
      '\\textasciitilde{}\\textasciicircum{}\\textbackslash{}\\{\\}\\#\\$ \\\\',
  );
  expect(text).toMatch(/\\end\{tabular\}\n\\par\{\\footnotesize In brackets/);
});

it('folds rates that no row can measure into a sentence', () => {
  const cells = { 'TAR@FAR 1e-4': { ...needy, rate: { far: 1e-4, evidence: 'none' as const } } };
  const short = [{ ...row, cells: { ...row.cells, ...cells } }];
  expect(unmeasuredColumns(short)).toEqual(['TAR@FAR 1e-5', 'TAR@FAR 1e-4']);
  expect(unmeasuredSentence(short)).toBe(
    'TAR@FAR 1e-5 needs 1,000,000 impostor pairs, TAR@FAR 1e-4 100,000; there are 3,000.',
  );
  expect(unmeasuredSentence([rows[1]!])).toBeNull();
});

it('shows how many of the protocol’s pairs have a score, if not all', () => {
  const some = [{ ...row, pairs: 12, planned: 24 }];
  expect(resultsMarkdown(some)).toContain('| 12 of 24 |');
  expect(resultsLatex(some)).toContain('& 12 of 24 &');
  expect(resultsCsv(some)).toContain('SCF,both degraded,12,24,');
});
