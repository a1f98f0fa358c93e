import { count, counted } from '../../../core/number-words';
import { resultCell, resultColumns } from '../../../evaluation/results-table';
import {
  tableNotes,
  unmeasuredColumns,
  unmeasuredSentence,
} from '../../../evaluation/statistics/result-cell';
import { alignmentWarning } from '../../../inference/align/alignment';
import type { EvaluationResult } from '../../../inference/evaluation/evaluate';
import { evaluationRows } from '../../../inference/evaluation/evaluation-rows';
import { describeLostPicture } from '../../../inference/locate-pictures';
import { policyWords } from '../../../inference/reading-policy';
import { discardLines } from './discard-text';
import { printable } from '../inspect-text';

/**
 * The result for `--json`: the first protocol's figures at the top level, those of all protocols
 * under `protocols` by name, and the pictures that were lost or changed. `methods` holds each
 * method's figures (`accuracy`, `tarAtFar` by FAR, `auc`: means over the draws of the
 * degradations), and beside them, in the same form, `intervals`, `spread` and `differences`
 * (`MethodFigures`).
 */
export function jsonOf(result: EvaluationResult) {
  const { lost, protocols, ...rest } = result;
  const undetected = lost.filter(({ what }) => what === 'undetected').map(({ picture }) => picture);
  const unreadable = lost.filter(({ what }) => what === 'unreadable').map(({ picture }) => picture);
  const byName = protocols.map(
    ({ name, planned, degradeSeeds, report }) =>
      [name, { planned, degradeSeeds, ...report }] as const,
  );
  return {
    ...byName[0]![1],
    undetected: undetected.length,
    undetectedPictures: undetected,
    unreadablePictures: unreadable,
    ...rest,
    protocols: Object.fromEntries(byName),
  };
}

/** The parts of {@link jsonOf}'s result that another form holds otherwise. */
interface WrittenEvaluation {
  readonly protocols?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly undetectedPictures?: readonly string[];
  readonly unreadablePictures?: readonly string[];
}

/**
 * What `--json` wrote, in the form in which the page saves an evaluation. That form itself, and
 * what is neither, is returned unchanged: whoever decodes it says what is wrong.
 */
export function evaluationOfJson(bytes: Uint8Array): Uint8Array {
  const found: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (typeof found !== 'object' || found === null || !('undetectedPictures' in found)) return bytes;
  const { protocols = {}, ...rest } = found as WrittenEvaluation;
  const { undetectedPictures = [], unreadablePictures = [] } = rest;
  const lost: EvaluationResult['lost'] = [
    ...undetectedPictures.map(
      (picture) => ({ picture, what: 'undetected', reason: 'no face was found' }) as const,
    ),
    ...unreadablePictures.map(
      (picture) =>
        ({ picture, what: 'unreadable', reason: `${picture} is missing or unreadable.` }) as const,
    ),
  ];
  const listed = Object.entries(protocols).map(([name, { planned, degradeSeeds, ...report }]) => ({
    name,
    planned,
    degradeSeeds,
    report,
  }));
  return new TextEncoder().encode(JSON.stringify({ ...rest, lost, protocols: listed }));
}

/** Lost pictures that the text names. */
const MAX_LOST_SHOWN = 10;

/** The result as text for the terminal. */
export function textOf(result: EvaluationResult): string {
  const { data, policy, pictures, lost, severalFaces, turned, alignment, protocols } = result;
  const warning = alignmentWarning(alignment);
  const undetected = lost.filter(({ what }) => what === 'undetected').length;
  const counts = [
    counted(pictures, 'picture'),
    `${count(undetected)} without a face`,
    `${count(lost.length - undetected)} missing or unreadable`,
    `${count(severalFaces)} with several faces`,
    ...(turned > 0 ? [`${count(turned)} turned by quarters`] : []),
  ];
  return [
    `${printable(data)}: ${counts.join(', ')}`,
    `Each face is read as ${policyWords[policy]} (${policy}).`,
    ...(warning ? [`${warning} Evaluate with --align ${alignment!.remedy}.`] : []),
    ...lost.slice(0, MAX_LOST_SHOWN).map((loss) => `lost: ${printable(describeLostPicture(loss))}`),
    ...(lost.length > MAX_LOST_SHOWN ? [`and ${count(lost.length - MAX_LOST_SHOWN)} more`] : []),
    ...(result.notes ?? []),
    ...(result.notices ?? []),
    ...protocols.flatMap((protocol) => protocolLines(protocol, result)),
    '',
    ...tableNotes(evaluationRows(result), BETTER),
  ].join('\n');
}

/** Marks a figure that is better than cosine's. */
const BETTER = '*';

function protocolLines(
  protocol: EvaluationResult['protocols'][number],
  result: EvaluationResult,
): string[] {
  const { name, planned, report } = protocol;
  const rows = evaluationRows({ ...result, protocols: [protocol] });
  const left = unmeasuredColumns(rows);
  const columns = resultColumns(rows).filter((column) => !left.includes(column));
  const table = [
    ['', ...columns],
    ...rows.map(({ method, cells }) => [
      method,
      ...columns.map(
        (column) => resultCell(cells[column]) + (cells[column]?.isBetter ? BETTER : ''),
      ),
    ]),
  ];
  const widths = ['', ...columns].map((_, i) => Math.max(...table.map((line) => line[i]!.length)));
  const unmeasured = unmeasuredSentence(rows);
  const draws = report.draws > 1 ? `; degradations drawn ${count(report.draws)} times` : '';
  return [
    '',
    `${name}: ${count(report.pairs)} of ${counted(planned, 'pair')} ` +
      `(${count(report.genuine)} genuine, ${count(report.impostor)} impostor)${draws}`,
    ...table.map((line) =>
      `  ${line.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd(),
    ),
    ...(unmeasured === null ? [] : [`  ${unmeasured}`]),
    ...discardLines(report.discard, report.draws),
  ];
}
