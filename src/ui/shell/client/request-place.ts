import type { RequestType } from '../../../studio/protocol';
import type { ErrorScope } from '../../../training/session/run-events';
import type { DataTopic } from '../../data/data-slice';
import type { ModelTopic } from '../../models/models-slice';

/** Where the page shows that a request has failed. */
export interface RequestPlace {
  readonly scope: ErrorScope;
  /** The section of its view; null outside of the scopes `data` and `models`. */
  readonly about: DataTopic | ModelTopic | null;
}

const run: RequestPlace = { scope: 'run', about: null };
const faces: RequestPlace = { scope: 'verification', about: null };
const evaluation: RequestPlace = { scope: 'evaluation', about: null };
const machine: RequestPlace = { scope: 'machine', about: null };
const data = (about: DataTopic | null): RequestPlace => ({ scope: 'data', about });
const models = (about: ModelTopic | null): RequestPlace => ({ scope: 'models', about });

/** The place of each request. */
export const requestPlaces: Readonly<Record<RequestType, RequestPlace>> = {
  initialise: { scope: 'studio', about: null },
  start: run,
  pause: run,
  continue: run,
  step: run,
  stop: run,
  'resume-run': run,
  'resume-file': run,
  export: models('files'),
  'list-runs': run,
  'read-curves': run,
  'label-run': run,
  'remove-run': run,
  'restore-run': run,
  'export-kept-run': run,
  'import-run': run,
  'use-kept-head': run,
  'set-runs-quota': run,
  'report-runs': run,
  'use-backbone': models('backbone'),
  'use-centres': models('centres'),
  'compare-centres': models('comparison'),
  'load-head': models('head'),
  'stop-models': models(null),
  'start-lesson': models('lesson'),
  'stop-lesson': models(null),
  'export-lesson': models('lesson'),
  'use-lesson': models('lesson'),
  'look-at-source': data('look'),
  'survey-source': data('survey'),
  'align-source': data('align'),
  'plan-run': data('plan'),
  'stop-data': data(null),
  'set-cache-quota': data('cache'),
  'clear-cache': data('cache'),
  'choose-head': faces,
  'choose-sample': faces,
  'choose-photo': faces,
  'choose-face': faces,
  'remove-face': faces,
  'degrade-face': faces,
  sweep: faces,
  'stop-sweep': faces,
  'camera-frame': faces,
  'camera-enrol': faces,
  'camera-forget': faces,
  evaluate: evaluation,
  'stop-evaluation': evaluation,
  'run-benchmarks': machine,
  'stop-benchmarks': machine,
};
