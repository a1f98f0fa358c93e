import type { RunsRequest } from '../protocol/runs';
import { done, type Handlers, type HandlerTools } from './handlers';

/** Answers requests about kept runs. */
export function runsHandlers({
  controllers,
  context,
}: HandlerTools): Handlers<RunsRequest['type']> {
  const { keptRuns } = controllers;
  return {
    'list-runs': () => keptRuns.list(),
    'read-curves': ({ runId }) => keptRuns.curves(runId),
    'label-run': ({ runId, labels }) => keptRuns.label(runId, labels),
    'remove-run': ({ runId }) => keptRuns.remove(runId),
    'restore-run': ({ runId }) => keptRuns.restore(runId),
    'export-kept-run': ({ runId }) => keptRuns.export(runId),
    'import-run': ({ file }) => keptRuns.import(file),
    'use-kept-head': done(({ runId }) =>
      context.lease.hold({ use: 'change', what: 'another head' }, () =>
        keptRuns.useKeptHead(runId),
      ),
    ),
    'set-runs-quota': ({ bytes }) => keptRuns.setQuota(bytes),
    'report-runs': ({ runIds }) => keptRuns.report(runIds),
  };
}
