import type { RunsRequest } from '../protocol/runs';
import { done, type Handlers, type HandlerTools } from './handlers';

/** Answers requests about kept runs. */
export function runsHandlers({
  controllers,
  context,
}: HandlerTools): Handlers<RunsRequest['type']> {
  const { keptRuns, runs } = controllers;
  /** Work after which another run than before may be the one that was saved last, or none. */
  const thenOffer =
    <C, R>(work: (command: C) => Promise<R>) =>
    async (command: C): Promise<R> => {
      const reply = await work(command);
      await runs.offer();
      return reply;
    };
  return {
    'list-runs': () => keptRuns.list(),
    'read-curves': ({ runId }) => keptRuns.curves(runId),
    'label-run': ({ runId, labels }) => keptRuns.label(runId, labels),
    'remove-run': thenOffer(({ runId }) => keptRuns.remove(runId)),
    'restore-run': thenOffer(({ runId }) => keptRuns.restore(runId)),
    'export-kept-run': ({ runId }) => keptRuns.export(runId),
    'import-run': thenOffer(({ file }) => keptRuns.import(file)),
    'use-kept-head': done(({ runId }) =>
      context.lease.hold({ use: 'change', what: 'another head' }, () =>
        keptRuns.useKeptHead(runId),
      ),
    ),
    'set-runs-quota': thenOffer(({ bytes }) => keptRuns.setQuota(bytes)),
    'report-runs': ({ runIds }) => keptRuns.report(runIds),
  };
}
