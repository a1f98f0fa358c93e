import { existsSync } from 'node:fs';
import { isFolderLocked, lockFolder } from '../../node/disk/folder-lock';
import { NodeFileStore } from '../../node/node-file-store';
import { StudioError } from '../../../core/studio-error';
import { migrateSavedRun } from '../../../runs/keeping/migrate-saved-run';
import { RunLibrary } from '../../../runs/run-library';
import type { RunSummary } from '../../../runs/run-manifest';
import {
  CHECKPOINT_FILE,
  PREVIOUS_CHECKPOINT_FILE,
} from '../../../training/checkpoint/checkpoint-writer';
import { printable } from '../inspect-text';

/**
 * The runs in a folder of `--checkpoints`. What is damaged in them is told on stderr. A run that an
 * earlier version left in the folder is moved to the others, unless a program trains there.
 * @throws StudioError `bad-config` if there is no such folder
 */
export async function openLibrary(folder: string): Promise<RunLibrary> {
  if (!existsSync(folder))
    throw new StudioError(
      'bad-config',
      `There is no folder ${folder}.`,
      'Name the folder that --checkpoints named in training.',
    );
  const library: RunLibrary = new RunLibrary(new NodeFileStore(folder), {
    // A program that trains holds the folder. Which run it trains, that run's state says.
    isTrainedElsewhere: async (id) =>
      (await isFolderLocked(folder)) && (await library.open(id)).manifest.state === 'running',
    onProblem: (sentence) => console.error(printable(sentence)),
  });
  if ((await hasLooseRun(library)) && !(await isFolderLocked(folder))) {
    const release = await lockFolder(folder);
    await keepLooseRun(library, folder).finally(release);
  }
  return library;
}

/**
 * Carries out work on the runs in a folder while no other program trains or changes runs there:
 * what one of them writes, such as an import, another would take for what a dead program left.
 * @param tell prints a sentence about what is damaged
 * @throws StudioError `storage-denied` while another program works there; whatever `work` throws
 */
export async function withOwnLibrary<T>(
  folder: string,
  work: (library: RunLibrary) => Promise<T>,
  tell: (sentence: string) => void = console.error,
): Promise<T> {
  const release = await lockFolder(folder);
  try {
    const library = new RunLibrary(new NodeFileStore(folder), {
      onProblem: (sentence) => tell(printable(sentence)),
    });
    await keepLooseRun(library, folder);
    return await work(library);
  } finally {
    await release();
  }
}

async function hasLooseRun({ root }: RunLibrary): Promise<boolean> {
  const names = [CHECKPOINT_FILE, PREVIOUS_CHECKPOINT_FILE];
  const files = await Promise.all(names.map((name) => root.open(name)));
  return files.some((file) => file !== null);
}

/**
 * Moves a run that an earlier version left in a folder to the others, and says so. One that is
 * damaged is set aside, and that is told.
 * @param folder held by this program alone
 * @throws StudioError from the store
 */
async function keepLooseRun(library: RunLibrary, folder: string): Promise<void> {
  if (!(await hasLooseRun(library))) return;
  const damaged = await migrateSavedRun(library.root, library);
  console.error(
    damaged === null
      ? `The run that lay in ${folder} is kept in its runs now.`
      : printable(`In ${folder}: ${damaged.message}`),
  );
}

/** The runs of a library, after the sentences about what can't be read of it. */
export async function listedRuns(library: RunLibrary): Promise<RunSummary[]> {
  const { runs, problems } = await library.list();
  for (const problem of problems) console.error(printable(problem));
  return runs;
}

/**
 * Finds a run by its id, or by its name.
 * @param runs the one that was begun last first
 * @param where they are, for the sentence of an error
 * @throws StudioError `bad-config` if there is none, or several of the name
 */
export function runNamed(runs: readonly RunSummary[], word: string, where: string): RunSummary {
  const byId = runs.find(({ id }) => id === word);
  const named = byId ? [byId] : runs.filter(({ name }) => name === word);
  const [found, ...others] = named;
  if (found && others.length === 0) return found;
  if (found)
    throw new StudioError(
      'bad-config',
      `${named.length} runs in ${where} are called ${printable(word)}.`,
      `Name one by its id: ${named.map(({ id }) => id).join(', ')}.`,
    );
  throw new StudioError(
    'bad-config',
    `There is no run "${printable(word)}" in ${where}.`,
    runs.length === 0
      ? '"scf train --checkpoints" keeps runs in a folder.'
      : `There are: ${runs
          .slice(0, 10)
          .map(({ name }) => printable(name))
          .join(', ')}${runs.length > 10 ? ' …' : '.'}`,
  );
}
