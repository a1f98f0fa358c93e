import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { messageOf, StudioError } from '../../../core/studio-error';
import { decodeEvaluation } from '../../../inference/evaluation/saved-evaluation';
import { reportEvaluation } from '../../../runs/report/evaluation-report';
import { reportRuns } from '../../../runs/report/run-report';
import { unreadable } from '../../node/disk-error';
import { NodeFileStore } from '../../node/node-file-store';
import { checkOutput, writeOutput } from '../../node/output-file';
import { freeName } from '../../node/save-output';
import { evaluationOfJson } from '../evaluate/evaluation-text';
import { keptRuns } from './kept-runs';
import { listedRuns, openLibrary } from './open-library';

/** `scf report`: one HTML file of a run, of a comparison, or of an evaluation. */
export function reportCommand(): Command {
  return new Command('report')
    .description('one HTML file of a run, a comparison of runs, or an evaluation')
    .argument(
      '<what>',
      'a folder of --checkpoints, the folder of one run, or the JSON of an evaluation',
    )
    .argument('[runs...]', 'names or ids of one to four runs in the folder; the last by default')
    .option(
      '--out <file>',
      'where the report goes (.html); by default report.html, or report-2.html',
    )
    .action(report);
}

async function report(
  what: string,
  names: readonly string[],
  options: { readonly out?: string },
): Promise<void> {
  // As an export: a report that is there is overwritten only by name.
  const out = options.out ?? (await freeName('', 'report.html'));
  await checkOutput(out, ['.html']);
  const found = await stat(what).catch((thrown: unknown) => {
    throw unreadable(what, thrown);
  });
  const text = found.isDirectory()
    ? await reportOfRuns(what, names)
    : await reportEvaluation(await evaluationIn(what), Date.now());
  await writeOutput(out, text);
  console.log(`The report is in ${out}.`);
}

async function reportOfRuns(folder: string, names: readonly string[]): Promise<string> {
  const path = resolve(folder);
  const isRun =
    basename(dirname(path)) === 'runs' &&
    (await new NodeFileStore(path).list()).some(({ name }) => name === 'manifest.json');
  const where = isRun ? dirname(dirname(path)) : folder;
  const library = await openLibrary(where);
  const [last] = names.length > 0 || isRun ? [] : await listedRuns(library);
  if (names.length === 0 && !isRun && !last)
    throw new StudioError(
      'bad-config',
      `No run is kept in ${folder}.`,
      'Name a folder of "scf train --checkpoints", or the JSON of an evaluation.',
    );
  const chosen = isRun ? [basename(path), ...names] : names;
  return reportRuns(
    await keptRuns(library, chosen.length > 0 ? chosen : [last!.id], where),
    Date.now(),
  );
}

/** @throws StudioError `bad-config` for a file that holds no evaluation */
async function evaluationIn(path: string) {
  const bytes = await readFile(path).catch((thrown: unknown) => {
    throw unreadable(path, thrown);
  });
  try {
    return decodeEvaluation(evaluationOfJson(bytes));
  } catch (thrown) {
    throw new StudioError(
      'bad-config',
      `${path} holds no evaluation: ${messageOf(thrown)}`,
      'Name the JSON of "scf evaluate --json", or that of the page.',
      { cause: thrown },
    );
  }
}
