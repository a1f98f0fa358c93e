import type { CurveColumns } from '../../runs/curve-columns';
import type { RunLabels, RunSummary } from '../../runs/run-manifest';
import type { RunsSpace } from '../../runs/keeping/run-space';
import type { ValidationResult } from '../../training/session/run-events';

export type { RunsSpace };

/** What the place Runs draws of a kept run. */
export interface KeptCurves {
  readonly runId: string;
  /** Every row of short runs; longer ones as `MetricSeries` merges them. */
  readonly columns: CurveColumns;
  /** One for each validation, in order of steps. */
  readonly validations: readonly ValidationResult[];
}

/**
 * Requests about kept runs. Each is answered by its reply in {@link RunsReplies}, or by a failure.
 * A request about a run that is being trained and would change its files is refused, labels apart.
 */
export type RunsRequest =
  | { readonly type: 'list-runs' }
  | { readonly type: 'read-curves'; readonly runId: string }
  | { readonly type: 'label-run'; readonly runId: string; readonly labels: Partial<RunLabels> }
  /**
   * Moves a run to where it can be taken back from, until the studio starts anew. Replies with the
   * run as it was.
   */
  | { readonly type: 'remove-run'; readonly runId: string }
  | { readonly type: 'restore-run'; readonly runId: string }
  /** One `.scfrun` file (a zip). */
  | { readonly type: 'export-kept-run'; readonly runId: string }
  | { readonly type: 'import-run'; readonly file: File }
  /** Offers its head as the head of a file does: under its run's name, in Compare and Evaluate. */
  | { readonly type: 'use-kept-head'; readonly runId: string }
  | { readonly type: 'set-runs-quota'; readonly bytes: number }
  /** One HTML file of a run, or of a comparison of two to four. */
  | { readonly type: 'report-runs'; readonly runIds: readonly string[] };

/** The list of runs, newest first, with what couldn't be read. */
export interface RunsListing {
  readonly runs: readonly RunSummary[];
  /** Sentences about folders that were set aside or can't be read. */
  readonly problems: readonly string[];
  readonly space: RunsSpace;
}

export interface RunsReplies {
  readonly 'list-runs': RunsListing;
  readonly 'read-curves': KeptCurves;
  readonly 'label-run': RunSummary;
  readonly 'remove-run': RunSummary;
  readonly 'restore-run': RunSummary;
  readonly 'export-kept-run': { readonly name: string; readonly blob: Blob };
  readonly 'import-run': RunSummary;
  readonly 'use-kept-head': null;
  readonly 'set-runs-quota': RunsSpace;
  readonly 'report-runs': { readonly name: string; readonly blob: Blob };
}
