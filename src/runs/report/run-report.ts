import { count, counted, fixed } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import { shortNumber } from '../../core/short-number';
import { chartFigure } from './chart/chart-figure';
import { reportDocument } from './document';
import { kappaChart, kappaTable } from './kappa-chart';
import { markup, NOTHING, type Markup } from './markup';
import { lastValidation, MAX_REPORTED_RUNS, type ReportedRun } from './reported-run';
import { originFacts, resultFacts, runSentence } from './run-facts';
import { runNotes, unlikeValidations } from './run-notes';
import { comparedSettings, runSettings } from './settings-section';
import { stepCharts } from './step-charts';
import { facts, folded, table } from './table';

/** Rows of the table of validations, at most. */
const MAX_VALIDATIONS = 40;

/**
 * One HTML file of a kept run, or of a comparison of two to four: it opens from disk, needs no
 * script and nothing from elsewhere, and can be printed.
 * @param madeAt milliseconds since the Unix epoch
 * @throws StudioError `bad-config` for no run, or for more than four
 */
export async function reportRuns(runs: readonly ReportedRun[], madeAt: number): Promise<string> {
  const [first, ...others] = runs;
  if (!first || runs.length > MAX_REPORTED_RUNS)
    throw new StudioError(
      'bad-config',
      `A report is of one run or a comparison of two to four; there are ${runs.length}.`,
      'Choose one to four runs.',
    );
  return others.length === 0
    ? reportDocument({
        title: first.manifest.name,
        subtitle: runSentence(first),
        body: runBody(first),
        madeAt,
      })
    : reportDocument({
        title: runs.map(({ manifest }) => manifest.name).join(' · '),
        subtitle: `A comparison of ${counted(runs.length, 'run')}.`,
        body: comparisonBody(runs),
        madeAt,
      });
}

function runBody(run: ReportedRun): Markup {
  return markup`${run.manifest.note !== '' && markup`<p>${run.manifest.note}</p>`}
    <dl class="tiles">
      ${resultFacts(run).map(
        ([name, value]) =>
          markup`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div> `,
      )}
    </dl>
    ${charts([run])} ${validationTable(run)} ${runSettings(run)}
    <h2>Data, backbone, machine</h2>
    ${facts(originFacts(run))} ${runNotes([run])}`;
}

function comparisonBody(runs: readonly ReportedRun[]): Markup {
  const names = runs.map(({ manifest }) => manifest.name);
  const warning = unlikeValidations(runs);
  const hasNotes = runs.some(({ manifest }) => manifest.note !== '');
  return markup`${sideBySide('What came of them', names, runs.map(resultFacts))}
    ${warning !== null && markup`<p class="warn">${warning}</p>`} ${comparedSettings(runs)}
    ${charts(runs)}
    <h2>Data, backbone, machine</h2>
    ${sideBySide('Data, backbone and machine of each run', names, runs.map(originFacts))}
    ${hasNotes && markup`<h2>Notes</h2>`} ${runs.map(noteOf)}
    ${runNotes(runs)}`;
}

/** The same facts of several runs as a table. */
function sideBySide(
  caption: string,
  names: readonly string[],
  columns: readonly ReturnType<typeof originFacts>[],
): Markup {
  return table({
    caption,
    heads: ['', ...names],
    rows: columns[0]!.map(([name], row) => [name, ...columns.map((column) => column[row]![1])]),
    isNumeric: () => false,
  });
}

const noteOf = ({ manifest: { name, note } }: ReportedRun): Markup =>
  note === '' ? NOTHING : markup`<p><strong>${name}</strong>: ${note}</p>`;

function charts(runs: readonly ReportedRun[]): Markup {
  const clouds = runs.flatMap((run, i) => {
    const chart = kappaChart(run, i, runs.length === 1);
    return chart ? [chartFigure(chart, kappaTable(lastValidation(run)!))] : [];
  });
  const overSteps = stepCharts(runs).map((chart) => chartFigure(chart));
  return markup`<h2>Curves</h2>
    ${
      overSteps.length + clouds.length === 0
        ? markup`<p>There is no step to draw yet.</p>`
        : markup`<div class="charts">${[...overSteps, ...clouds]}</div>`
    }`;
}

function validationTable({ validations }: ReportedRun): Markup {
  if (validations.length === 0) return NOTHING;
  const stride = Math.ceil(validations.length / MAX_VALIDATIONS);
  const shown = validations.filter((_, i) => (validations.length - 1 - i) % stride === 0);
  const left =
    shown.length < validations.length &&
    markup`<p class="note">
      ${count(shown.length)} of ${count(validations.length)}, evenly spread.
    </p>`;
  return markup`<h2>Validations</h2>
    ${folded(
      counted(validations.length, 'validation'),
      markup`${table({
        caption: 'Validations',
        heads: ['Step', 'Epoch', 'Loss', 'ρ', 'ρ, clean pictures', 'Pictures', 'People'],
        rows: shown.map(({ step, epoch, loss, spearman, spearmanClean, images, identities }) => [
          count(step),
          count(epoch),
          Number.isFinite(loss) ? shortNumber(loss, 5) : '–',
          fixed(spearman, 4),
          fixed(spearmanClean, 4),
          count(images),
          count(identities),
        ]),
        isNumeric: () => true,
      })}${left}`,
    )}`;
}
