import type {
  AlignedSet,
  CacheState,
  SourceAlignment,
  SourceLook,
  WorkerEvent,
} from '../../studio/protocol';
import type { RunConfig } from '../../training/config/run-config';
import type { Progress } from '../../core/progress-meter';
import type { RunPlan } from '../../training/session/run-plan';

/** The section of the Data view that shows an error. */
export type DataTopic = 'look' | 'survey' | 'align' | 'plan' | 'cache';

/** A request about a source. The worker handles one at a time; a new one replaces the last. */
export type DataRequest =
  /** `pictures` is the number of samples wanted; 0 reads only the facts of the source. */
  | { readonly kind: 'look'; readonly pictures: number }
  | { readonly kind: 'survey' }
  | { readonly kind: 'align' }
  | { readonly kind: 'plan'; readonly config: RunConfig };

/**
 * What the page knows of sources and of cached shards. A look, a survey or a plan belongs to the
 * chosen source only if its `shards` equal the config's.
 */
export interface DataState {
  readonly look: (SourceLook & { readonly samplesRequested: number }) | null;
  /** Whether the source is aligned, once some of its pictures were looked at. */
  readonly alignment: SourceAlignment | null;
  /** The last tar of aligned crops. */
  readonly aligned: AlignedSet | null;
  readonly survey: Extract<WorkerEvent, { type: 'survey' }> | null;
  /** The plan, and the settings that it was measured for. */
  readonly plan: { readonly plan: RunPlan; readonly config: RunConfig } | null;
  readonly cache: CacheState | null;
  /** The last request, answered or not. */
  readonly dataRequest: DataRequest | null;
  /** The last request has no answer yet. */
  readonly dataPending: boolean;
  readonly dataProgress: Progress | null;
  /** Foreign origins that a person has allowed since the page was opened. */
  readonly allowedOrigins: readonly string[];
}

export const initialDataState: DataState = {
  look: null,
  alignment: null,
  aligned: null,
  survey: null,
  plan: null,
  cache: null,
  dataRequest: null,
  dataPending: false,
  dataProgress: null,
  allowedOrigins: [],
};

/** The worker's events about data. */
export type DataEvent = Extract<
  WorkerEvent,
  { type: 'source-look' | 'alignment' | 'aligned' | 'data-progress' | 'survey' | 'plan' | 'cache' }
>;

/** What an event changes in the slice. */
export function dataReducer(
  event: DataEvent,
  { dataRequest, dataPending }: DataState,
): Partial<DataState> {
  switch (event.type) {
    case 'source-look': {
      const { look } = event;
      const isLook = dataRequest?.kind === 'look';
      return {
        look: { ...look, samplesRequested: isLook ? dataRequest.pictures : look.samples.length },
        dataPending: dataPending && !isLook,
      };
    }
    case 'alignment':
      return { alignment: event.alignment };
    case 'aligned':
      return {
        aligned: event.aligned,
        dataPending: dataPending && dataRequest?.kind !== 'align',
      };
    case 'data-progress':
      return { dataProgress: event.progress, dataPending: event.progress !== null };
    case 'survey':
      return { survey: event, dataPending: dataPending && dataRequest?.kind !== 'survey' };
    case 'plan':
      // Another request replaced this one while its answer was on the way.
      if (dataRequest?.kind !== 'plan') return {};
      return { plan: { plan: event.plan, config: dataRequest.config }, dataPending: false };
    case 'cache':
      return { cache: event.cache };
    default:
      return event satisfies never;
  }
}
