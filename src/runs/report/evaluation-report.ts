import { trainedMethodNames } from '../../confidence/confidence-method';
import { methodTitles } from '../../confidence/methods';
import { count, counted } from '../../core/number-words';
import {
  pairsCell,
  resultCell,
  resultColumns,
  type ResultRow,
} from '../../evaluation/results-table';
import { unmeasuredColumns } from '../../evaluation/statistics/result-cell';
import { alignmentWarning } from '../../inference/align/alignment';
import type { EvaluationResult, ProtocolResult } from '../../inference/evaluation/evaluate';
import { evaluationRows } from '../../inference/evaluation/evaluation-rows';
import { describeLostPicture } from '../../inference/locate-pictures';
import { policyWords } from '../../inference/reading-policy';
import { chartFigure } from './chart/chart-figure';
import { reportDocument } from './document';
import { discardCharts, rocChart, type ReportedDiscard } from './evaluation-charts';
import { discardNotes, evaluationNotes } from './evaluation-notes';
import { markup, NOTHING, type Markup } from './markup';
import { facts, folded, table } from './table';

const OTHER_METHODS = 'Error against discard by the other methods';
/** Lost pictures that are named, at most. */
const MAX_LOST = 20;

/**
 * One HTML file of an evaluation: its table with intervals, its curves, and what the intervals are
 * made of. Opens from disk, without script.
 * @param madeAt milliseconds since the Unix epoch
 */
export function reportEvaluation(result: EvaluationResult, madeAt: number): Promise<string> {
  const rows = evaluationRows(result);
  const { complete, notes = [], notices = [], alignment, protocols } = result;
  const warnings = [
    ...(complete
      ? []
      : [
          'The evaluation was stopped: the figures cover only the pairs whose pictures had been ' +
            'read, which may differ from the others.',
        ]),
    ...notices,
    ...[alignmentWarning(alignment)].filter((each) => each !== null),
  ];
  return reportDocument({
    title: `Evaluation on ${result.data}`,
    subtitle: `${counted(protocols.length, 'protocol')}, ${counted(result.pictures, 'picture')}.`,
    madeAt,
    body: markup`${warnings.map((warning) => markup`<p class="warn">${warning}</p> `)}
      <h2>Methods and protocols</h2>
      ${resultTable(rows)}
      <h2>What was evaluated</h2>
      ${notes.map((note) => markup`<p>${note}</p> `)} ${facts(originOf(result))}
      ${lostList(result)} ${protocols.map(protocolSection)}
      ${evaluationNotes(result, rows)}`,
  });
}

function resultTable(rows: readonly ResultRow[]): Markup {
  const left = unmeasuredColumns(rows);
  const columns = resultColumns(rows).filter((column) => !left.includes(column));
  return table({
    caption: 'Methods and protocols',
    heads: ['Method', 'Protocol', 'Pairs', ...columns, 'Head'],
    rows: rows.map((row) => [
      row.method,
      row.protocol,
      pairsCell(row),
      ...columns.map((column) => {
        const cell = row.cells[column];
        const text = resultCell(cell);
        return cell?.isBetter ? markup`<span class="best">${text}</span>` : text;
      }),
      row.head,
    ]),
    isNumeric: (column) => column > 1 && column < columns.length + 3,
  });
}

function originOf(result: EvaluationResult): (readonly [string, string])[] {
  const { data, backbone, policy, seed, heads, lost, severalFaces, turned, pictures } = result;
  const undetected = lost.filter(({ what }) => what === 'undetected').length;
  return [
    ['Data', data],
    ['Backbone', backbone],
    ...trainedMethodNames.flatMap((method): [string, string][] => {
      const head = heads[method];
      return head === undefined ? [] : [[`Head of ${methodTitles[method]}`, head]];
    }),
    ['Each face is read as', `${policyWords[policy]} (${policy})`],
    ['Pictures', count(pictures)],
    ['Without a face', count(undetected)],
    ['Missing or unreadable', count(lost.length - undetected)],
    ['With several faces', count(severalFaces)],
    ['Turned upright', count(turned)],
    ['Seed', String(seed)],
  ];
}

function lostList({ lost }: EvaluationResult): Markup {
  if (lost.length === 0) return NOTHING;
  const more = lost.length - MAX_LOST;
  return folded(
    counted(lost.length, 'lost picture'),
    markup`<ul>
      ${lost.slice(0, MAX_LOST).map((loss) => markup`<li>${describeLostPicture(loss)}</li> `)}
      ${more > 0 && markup`<li>and ${count(more)} more</li>`}
    </ul>`,
  );
}

function protocolSection(protocol: ProtocolResult): Markup {
  const { name, planned, report } = protocol;
  const roc = rocChart(report);
  const discards = discardCharts(report.discard);
  // The figures of all methods would be many charts: the others stand as tables, folded.
  const drawn = discards.filter(({ method }) => method === discards[0]!.method);
  const others = discards.filter((each) => !drawn.includes(each));
  const curves = drawn.filter(({ isMeasured }) => isMeasured).map(({ chart }) => chart);
  return markup`<h2>${name}</h2>
    <p>
      ${count(report.pairs)} of ${counted(planned, 'pair')}: ${count(report.genuine)} genuine,
      ${count(report.impostor)}
      impostor${report.draws > 1 && `; degradations drawn ${count(report.draws)} times`}.
    </p>
    <div class="charts">
      ${[...(roc ? [roc] : []), ...curves].map((chart) => chartFigure(chart))}
    </div>
    ${drawn.map(discardTable)}
    ${others.length > 0 && folded(OTHER_METHODS, others.map(discardTable))}
    ${discards.length > 0 && markup`<p class="note">${discardNotes(protocol)}</p>`}`;
}

function discardTable({ chart, shown, isMeasured }: ReportedDiscard): Markup {
  if (!isMeasured) return markup`<p>${chart.title}: ${shown.sentence}</p>`;
  return markup`<h3>${chart.title}</h3>
    ${table({
      caption: chart.title,
      heads: ['Quality', ...shown.heads],
      rows: shown.curves.map(({ quality, cells }) => [quality, ...cells]),
    })}`;
}
