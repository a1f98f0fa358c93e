import type { ReportedRun } from '../../../runs/report/reported-run';
import type { RunLibrary } from '../../../runs/run-library';
import { listedRuns, runNamed } from './open-library';

/**
 * Runs with their curves and validations.
 * @param names names or ids, in the order of the result
 * @param where they are, for the sentence of an error
 * @throws StudioError `bad-config` for a name that no run has; from the store
 */
export async function keptRuns(
  library: RunLibrary,
  names: readonly string[],
  where: string,
): Promise<ReportedRun[]> {
  const listed = await listedRuns(library);
  const runs: ReportedRun[] = [];
  for (const manifest of names.map((name) => runNamed(listed, name, where))) {
    const run = await library.open(manifest.id);
    runs.push({ manifest, curves: await run.curves(), validations: await run.validations() });
  }
  return runs;
}
