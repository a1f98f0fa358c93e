import { count } from '../core/number-words';
import {
  cellText,
  markOf,
  tableNotes,
  whyUnmeasured,
  type NotedRow,
  type ResultCell,
} from './statistics/result-cell';

/** A row: one method's figures on one protocol. */
export interface ResultRow extends NotedRow {
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
  /** Population deviation of the accuracy over folds; null without folds. */
  readonly accuracyStd: number | null;
  /** By column; absent if it was not run. */
  readonly cells: Readonly<Record<string, ResultCell>>;
}

const KEYS = [
  'method',
  'protocol',
  'pairs',
  'planned',
  'impostors',
  'draws',
  'resamples',
  'over',
  'backbone',
  'head',
  'seed',
  'data',
] as const;
const NOT_RUN = 'not run';

/** Names of the figures, in order of their first appearance. */
export const resultColumns = (rows: readonly ResultRow[]): string[] => [
  ...new Set(rows.flatMap(({ cells }) => Object.keys(cells))),
];

/** The text of a cell, or why there is none. */
export const resultCell = (cell: ResultCell | undefined): string =>
  cell ? cellText(cell) : NOT_RUN;

/** The text of a row's number of pairs: "12 of 24" if not all have a score. */
export function pairsCell({ pairs, planned }: Pick<ResultRow, 'pairs' | 'planned'>): string {
  return pairs === planned ? count(pairs) : `${count(pairs)} of ${count(planned)}`;
}

/**
 * Comma-separated values (RFC 4180), shares as they are. After each figure come the ends of its
 * interval, its deviation over the draws of the degradations, and its marks: † for fewer than 30
 * impostor pairs above the threshold, * for better than cosine.
 */
export function resultsCsv(rows: readonly ResultRow[]): string {
  const columns = resultColumns(rows);
  const head = columns.flatMap((column) => [
    column,
    ...['low', 'high', 'spread', 'marks'].map((part) => `${column} ${part}`),
  ]);
  const lines = rows.map((row) => [
    ...KEYS.map((key) => row[key]),
    row.accuracyStd ?? '',
    ...columns.flatMap((column) => csvFigure(row.cells[column])),
  ]);
  return [[...KEYS, 'deviation over folds', ...head], ...lines]
    .map((line) => line.map(csvCell).join(',') + '\r\n')
    .join('');
}

function csvFigure(cell: ResultCell | undefined): (string | number)[] {
  if (!cell) return [NOT_RUN, '', '', '', ''];
  const { value, interval, spread, isBetter } = cell;
  return [
    value ?? whyUnmeasured(cell),
    interval?.[0] ?? '',
    interval?.[1] ?? '',
    spread ?? '',
    markOf(cell) + (isBetter ? '*' : ''),
  ];
}

/** A CSV cell. Quotes text that begins like a formula, because a spreadsheet would run it. */
export function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table in GitHub's Markdown, with what its cells mean below it. */
export function resultsMarkdown(rows: readonly ResultRow[]): string {
  const { head, body } = textTable(rows, (text) => `**${text}**`, markdownText);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const notes = tableNotes(rows, 'Bold').map((note) => `\n${markdownText(note)}\n`);
  return [line(head), `|${head.map(() => '---|').join('')}\n`, ...body.map(line), ...notes].join(
    '',
  );
}

const markdownText = (text: string) => text.replace(/[\\|*]/g, '\\$&').replace(/\s+/g, ' ');

/** A table for LaTeX with booktabs, with what its cells mean below it. */
export function resultsLatex(rows: readonly ResultRow[]): string {
  const { head, body } = textTable(rows, (text) => `\\textbf{${text}}`, latexText);
  const line = (cells: readonly string[]) => `  ${cells.join(' & ')} \\\\\n`;
  const notes = tableNotes(rows, 'Bold').map(
    (note) => `\\par{\\footnotesize ${latexText(note)}}\n`,
  );
  return (
    `\\begin{tabular}{${'l'.repeat(2)}${'r'.repeat(head.length - 6)}llrl}\n  ` +
    `\\toprule\n${line(head)}  \\midrule\n${body.map(line).join('')}  ` +
    `\\bottomrule\n\\end{tabular}\n${notes.join('')}`
  );
}

/** The table as text: the figures first, what they were measured on last. */
function textTable(
  rows: readonly ResultRow[],
  bold: (text: string) => string,
  escaped: (text: string) => string,
): {
  readonly head: readonly string[];
  readonly body: readonly (readonly string[])[];
} {
  const columns = resultColumns(rows);
  const figure = (cell: ResultCell | undefined) => {
    const text = escaped(resultCell(cell));
    return cell?.isBetter ? bold(text) : text;
  };
  return {
    head: ['method', 'protocol', ...columns, 'pairs', 'backbone', 'head', 'seed', 'data'].map(
      escaped,
    ),
    body: rows.map((row) => [
      escaped(row.method),
      escaped(row.protocol),
      ...columns.map((column) => figure(row.cells[column])),
      ...[pairsCell(row), row.backbone, row.head, String(row.seed), row.data].map(escaped),
    ]),
  };
}

const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '±': '$\\pm$',
  '†': '\\textdagger{}',
};

const latexText = (text: string): string =>
  text.replace(/[\\~^%_&#${}±†]/g, (character) => LATEX[character] ?? `\\${character}`);
