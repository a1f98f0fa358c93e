import type { FaceSlot, RequestType, WorkerCommand } from '../../../studio/protocol';
import type { DataTopic } from '../../data/data-slice';
import type { EvaluationTopic } from '../../evaluate/evaluation-slice';
import type { ModelTopic } from '../../models/models-slice';
import type { ErrorEntry } from '../messages-slice';

/** Where the page shows that a request has failed, and as what. */
export type RequestPlace = Pick<ErrorEntry, 'scope' | 'about' | 'topic'>;
type KnownPlace = Omit<RequestPlace, 'topic'>;

const run: KnownPlace = { scope: 'run', about: null };
const faces: KnownPlace = { scope: 'verification', about: null };
const evaluation = (about: EvaluationTopic): KnownPlace => ({ scope: 'evaluation', about });
const machine: KnownPlace = { scope: 'machine', about: null };
const data = (about: DataTopic | null): KnownPlace => ({ scope: 'data', about });
const models = (about: ModelTopic | null): KnownPlace => ({ scope: 'models', about });

/** The place of each kind of request. */
const places: Readonly<Record<RequestType, KnownPlace>> = {
  initialise: { scope: 'studio', about: null },
  start: run,
  pause: run,
  continue: run,
  step: run,
  stop: run,
  'resume-run': run,
  'resume-file': run,
  'read-pictures': run,
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
  'choose-run-picture': faces,
  'choose-photo': faces,
  'choose-face': faces,
  'remove-face': faces,
  'degrade-face': faces,
  sweep: { scope: 'verification', about: 'sweep' },
  'stop-sweep': faces,
  'camera-frame': faces,
  'camera-enrol': faces,
  'camera-forget': faces,
  evaluate: evaluation('own-set'),
  'evaluate-demo': evaluation('demo'),
  'time-demo': evaluation('demo'),
  'stop-evaluation': { scope: 'evaluation', about: null },
  'open-ijb': evaluation('ijb'),
  'ijb-state': evaluation('ijb'),
  'measure-ijb': evaluation('ijb'),
  'evaluate-ijb': evaluation('ijb'),
  'pause-ijb': evaluation('ijb'),
  'close-ijb': evaluation('ijb'),
  'remove-kept-ijb': evaluation('ijb'),
  'run-benchmarks': machine,
  'stop-benchmarks': machine,
};

/** The place of a request: of one about a picture, the side that it is for. */
export function placeOf(
  command: Pick<WorkerCommand, 'type'> & { readonly slot?: FaceSlot },
): RequestPlace {
  const place = places[command.type];
  const about = place === faces && command.slot ? (`face-${command.slot}` as const) : place.about;
  return { ...place, about, topic: about ?? command.type };
}
