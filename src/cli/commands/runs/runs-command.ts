import { Command } from 'commander';
import { counted } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';
import { exportedName } from '../../../runs/exchange/exported-name';
import { RUN_FILE_END } from '../../../runs/exchange/run-files';
import { MAX_REPORTED_RUNS, type ReportedRun } from '../../../runs/report/reported-run';
import { differenceWords } from '../../../runs/settings-differences';
import { DiskByteSource } from '../../node/disk-byte-source';
import { unreadable } from '../../node/disk-error';
import { checkOutput, writeOutput } from '../../node/output-file';
import { freeName } from '../../node/save-output';
import { printable } from '../inspect-text';
import { listedRuns, openLibrary, runNamed, withOwnLibrary } from './open-library';
import { keptRuns } from './kept-runs';
import { compareText, listText, showText } from './runs-text';

/** Options of every command about kept runs. */
interface RunsOptions {
  readonly checkpoints: string;
  readonly json?: boolean;
}

/** `scf runs`: the runs that `train --checkpoints` keeps in a folder. */
export function runsCommand(): Command {
  return new Command('runs')
    .description('the runs that "train --checkpoints DIR" keeps')
    .addCommand(about('list', 'all runs, the one that was begun last first').action(list))
    .addCommand(about('show', 'one run').argument('<run>', 'its name or id').action(show))
    .addCommand(
      about('compare', 'two to four runs side by side, and in what they differ')
        .argument('<runs...>', 'their names or ids')
        .action(compare),
    )
    .addCommand(
      about('export', `write a run into one ${RUN_FILE_END} file, which the page reads too`)
        .argument('<run>', 'its name or id')
        .option('--out <file>', `by default its name and ${RUN_FILE_END}`)
        .action(exportRun),
    )
    .addCommand(
      about('import', `keep the run of a ${RUN_FILE_END} file`)
        .argument('<file>', 'as "export" or the page wrote it')
        .action(importRun),
    )
    .addCommand(
      about('remove', 'remove runs for good')
        .argument('<runs...>', 'their names or ids')
        .action(remove),
    );
}

const about = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .requiredOption('--checkpoints <dir>', 'the folder that the runs are kept in')
    .option('--json', 'print the result as JSON');

async function list({ checkpoints, json }: RunsOptions): Promise<void> {
  const library = await openLibrary(checkpoints);
  if (json) {
    console.log(JSON.stringify(await library.list()));
    return;
  }
  const runs = await listedRuns(library);
  console.log(runs.length === 0 ? `No run is kept in ${checkpoints}.` : listText(runs));
}

async function show(name: string, { checkpoints, json }: RunsOptions): Promise<void> {
  const [run] = await keptRuns(await openLibrary(checkpoints), [name], checkpoints);
  console.log(json ? JSON.stringify(jsonOf(run!)) : showText(run!));
}

async function compare(
  names: readonly string[],
  { checkpoints, json }: RunsOptions,
): Promise<void> {
  if (names.length < 2 || names.length > MAX_REPORTED_RUNS)
    throw new StudioError(
      'bad-config',
      `${counted(names.length, 'run')} can't be compared; two to ${MAX_REPORTED_RUNS} can.`,
      'Name their names or ids.',
    );
  const runs = await keptRuns(await openLibrary(checkpoints), names, checkpoints);
  const [first, ...others] = runs.map(({ manifest }) => manifest.config);
  const differences = others.map((other) => differenceWords(first!, other));
  console.log(json ? JSON.stringify({ runs: runs.map(jsonOf), differences }) : compareText(runs));
}

/** A run for `--json`: its manifest, and the figures of its last validation. */
function jsonOf({ manifest, validations }: ReportedRun) {
  const last = validations.at(-1);
  return {
    ...manifest,
    validation: last && {
      step: last.step,
      epoch: last.epoch,
      loss: last.loss,
      spearman: last.spearman,
      spearmanClean: last.spearmanClean,
      images: last.images,
      identities: last.identities,
    },
  };
}

async function exportRun(
  name: string,
  { checkpoints, out, json }: RunsOptions & { readonly out?: string },
): Promise<void> {
  const library = await openLibrary(checkpoints);
  const run = runNamed(await listedRuns(library), name, checkpoints);
  const path = out ?? (await freeName('', exportedName(run, RUN_FILE_END)));
  await checkOutput(path, [RUN_FILE_END]);
  await writeOutput(path, await library.exportRun(run.id));
  console.log(json ? JSON.stringify({ path }) : `The run ${printable(run.name)} is in ${path}.`);
}

async function importRun(file: string, { checkpoints, json }: RunsOptions): Promise<void> {
  const source = await DiskByteSource.open(file).catch((thrown: unknown) => {
    throw unreadable(file, thrown);
  });
  const run = await withOwnLibrary(checkpoints, (library) => library.importRun(source));
  console.log(
    json ? JSON.stringify(run) : `The run ${printable(run.name)} is kept in ${checkpoints}.`,
  );
}

async function remove(names: readonly string[], { checkpoints, json }: RunsOptions): Promise<void> {
  const listed = await listedRuns(await openLibrary(checkpoints));
  // All are found before the first is removed.
  const runs = [...new Set(names.map((name) => runNamed(listed, name, checkpoints)))];
  await withOwnLibrary(checkpoints, async (library) => {
    for (const { id } of runs) await library.removeForGood(id);
  });
  const removed = runs.map(({ name }) => printable(name));
  console.log(
    json
      ? JSON.stringify(runs.map(({ id, name }) => ({ id, name })))
      : `Removed from ${checkpoints}: ${removed.join(', ')}.`,
  );
}
