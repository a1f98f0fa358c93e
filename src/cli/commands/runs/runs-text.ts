import { methodTitles } from '../../../confidence/methods';
import { bytes, count, fixed } from '../../../core/number-words';
import { shortNumber } from '../../../core/short-number';
import { dateText } from '../../../runs/report/document';
import type { ReportedRun } from '../../../runs/report/reported-run';
import { originFacts, resultFacts, runSentence, stateWords } from '../../../runs/report/run-facts';
import { unlikeValidations } from '../../../runs/report/run-notes';
import { differenceWords, differingSettings } from '../../../runs/settings-differences';
import type { RunSummary } from '../../../runs/run-manifest';
import { differencesFromPreset } from '../../../training/config/run-config';
import { printable } from '../inspect-text';

/** Columns of text side by side; names in them come from others' files. */
function columnsText(lines: readonly (readonly string[])[]): string {
  const safe = lines.map((line) => line.map(printable));
  const widths = (safe[0] ?? []).map((_, i) => Math.max(...safe.map((line) => line[i]!.length)));
  return safe
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The runs of a folder as a table, the one that was begun last first. */
export function listText(runs: readonly RunSummary[]): string {
  const heads = ['', 'name', 'state', 'method', 'head', 'data', 'ρ', 'loss', 'steps', 'size'];
  return columnsText([
    [...heads, 'started'],
    ...runs.map((run) => [
      run.isStarred ? '★' : '',
      run.name,
      stateWords[run.state],
      methodTitles[run.config.method],
      run.config.head,
      run.data.name,
      fixed(run.spearman, 3),
      run.loss === null ? '–' : shortNumber(run.loss, 5),
      count(run.step),
      bytes(run.bytes),
      dateText(run.startedAt),
    ]),
  ]);
}

/** A run: what came of it, its settings, and what it was trained with. */
export function showText(run: ReportedRun): string {
  const { name, note, config } = run.manifest;
  const changed = Object.entries(differencesFromPreset(config));
  return [
    `${printable(name)}: ${printable(runSentence(run))}`,
    ...(note === '' ? [] : [printable(note)]),
    '',
    columnsText([...resultFacts(run), ...originFacts(run)]),
    '',
    changed.length === 0
      ? `All settings are those of the preset ${config.preset}.`
      : `Settings that differ from the preset ${config.preset}:`,
    ...(changed.length === 0
      ? []
      : [columnsText(changed.map(([setting, value]) => [`  ${setting}`, String(value)]))]),
  ].join('\n');
}

/** Two to four runs side by side, and in what they differ. */
export function compareText(runs: readonly ReportedRun[]): string {
  const manifests = runs.map(({ manifest }) => manifest);
  const facts = runs.map(resultFacts);
  const [first, ...others] = manifests;
  const differing = differingSettings(manifests.map(({ config }) => config));
  const warning = unlikeValidations(runs);
  return [
    columnsText([
      ['', ...manifests.map(({ name }) => name)],
      ...facts[0]!.map(([name], row) => [name, ...facts.map((column) => column[row]![1])]),
      ...differing.map(({ name, values }) => [name, ...values.map(String)]),
    ]),
    '',
    ...others.map((other) => {
      const words = differenceWords(first!.config, other.config);
      const what = words === '' ? 'the same settings' : words;
      return printable(`${other.name}, against ${first!.name}: ${what}.`);
    }),
    ...(warning === null ? [] : [warning]),
  ].join('\n');
}
