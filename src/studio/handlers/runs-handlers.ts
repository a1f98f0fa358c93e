import { StudioError } from '../../core/studio-error';
import type { RunsRequest } from '../protocol/runs';
import type { Handlers } from './handlers';

/** Refuses requests about kept runs until the library of runs answers them. */
export function runsHandlers(): Handlers<RunsRequest['type']> {
  const refuse = async (): Promise<never> => {
    throw new StudioError('bad-config', 'Runs are not kept yet.', 'Download the run instead.');
  };
  return {
    'list-runs': refuse,
    'read-curves': refuse,
    'label-run': refuse,
    'remove-run': refuse,
    'restore-run': refuse,
    'export-kept-run': refuse,
    'import-run': refuse,
    'use-kept-head': refuse,
    'set-runs-quota': refuse,
    'report-runs': refuse,
  };
}
