import { count } from '../core/number-words';

/** A row: one method's figures on one protocol. */
export interface ResultRow {
  readonly method: string;
  readonly protocol: string;
  /** Pairs with a score. */
  readonly pairs: number;
  /** Pairs of the protocol. Those with a missing picture have no score. */
  readonly planned: number;
  readonly backbone: string;
  readonly head: string;
  readonly seed: number;
  readonly data: string;
  /**
   * Shares 0..1 by column; null if the pairs are too few to measure it, absent if it was not run.
   */
  readonly cells: Readonly<Record<string, number | null>>;
}

const KEYS = [
  'method',
  'protocol',
  'pairs',
  'planned',
  'backbone',
  'head',
  'seed',
  'data',
] as const;
const NOT_MEASURABLE = 'not measurable';
const NOT_RUN = 'not run';

/** Names of the figures, in order of their first appearance. */
export const resultColumns = (rows: readonly ResultRow[]): string[] => [
  ...new Set(rows.flatMap(({ cells }) => Object.keys(cells))),
];

/** The text of a cell: a percentage, or why there is none. */
export function resultCell(value: number | null | undefined): string {
  if (value === undefined) return NOT_RUN;
  return value === null ? NOT_MEASURABLE : `${(100 * value).toFixed(2)} %`;
}

/** The text of a row's number of pairs: "12 of 24" if not all have a score. */
export function pairsCell({ pairs, planned }: Pick<ResultRow, 'pairs' | 'planned'>): string {
  return pairs === planned ? count(pairs) : `${count(pairs)} of ${count(planned)}`;
}

/** Comma-separated values (RFC 4180), shares as they are. */
export function resultsCsv(rows: readonly ResultRow[]): string {
  const columns = resultColumns(rows);
  const lines = rows.map((row) => [
    ...KEYS.map((key) => row[key]),
    ...columns.map(
      (column) => row.cells[column] ?? (column in row.cells ? NOT_MEASURABLE : NOT_RUN),
    ),
  ]);
  return [[...KEYS, ...columns], ...lines]
    .map((line) => line.map(csvCell).join(',') + '\r\n')
    .join('');
}

/** A CSV cell. Quotes text that begins like a formula, because a spreadsheet would run it. */
export function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table in GitHub's Markdown. */
export function resultsMarkdown(rows: readonly ResultRow[]): string {
  const { head, body } = textTable(rows);
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replace(/[\\|]/g, '\\$&').replace(/\s+/g, ' ')).join(' | ')} |\n`;
  return line(head) + `|${head.map(() => '---|').join('')}\n` + body.map(line).join('');
}

/** A table for LaTeX with booktabs. */
export function resultsLatex(rows: readonly ResultRow[]): string {
  const { head, body } = textTable(rows);
  const line = (cells: readonly string[]) => `  ${cells.map(latexText).join(' & ')} \\\\\n`;
  return (
    `\\begin{tabular}{${'l'.repeat(2)}${'r'.repeat(head.length - 6)}llrl}\n  ` +
    `\\toprule\n${line(head)}  \\midrule\n${body.map(line).join('')}  ` +
    `\\bottomrule\n\\end{tabular}\n`
  );
}

/** The table as text: the figures first, what they were measured on last. */
function textTable(rows: readonly ResultRow[]): {
  readonly head: readonly string[];
  readonly body: readonly (readonly string[])[];
} {
  const columns = resultColumns(rows);
  return {
    head: ['method', 'protocol', ...columns, 'pairs', 'backbone', 'head', 'seed', 'data'],
    body: rows.map((row) => [
      row.method,
      row.protocol,
      ...columns.map((column) => resultCell(row.cells[column])),
      pairsCell(row),
      row.backbone,
      row.head,
      String(row.seed),
      row.data,
    ]),
  };
}

const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};

const latexText = (text: string): string =>
  text.replace(/[\\~^%_&#${}]/g, (character) => LATEX[character] ?? `\\${character}`);
