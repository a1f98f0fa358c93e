import type {
  AlignedSet,
  CacheState,
  RequestType,
  SourceAlignment,
  SourceCount,
  SourceLook,
} from '../../studio/protocol';
import type { RunConfig } from '../../training/config/run-config';
import type { RunPlan } from '../../training/session/run-plan';

/** The section of the Data view that shows an error. */
export type DataTopic = 'look' | 'survey' | 'align' | 'plan' | 'cache';

/** The requests about a source. The worker handles one at a time; a new one replaces the last. */
export const dataTasks = [
  'look-at-source',
  'survey-source',
  'align-source',
  'plan-run',
] as const satisfies readonly RequestType[];

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
  readonly survey: SourceCount | null;
  /** The plan, and the settings that it was measured for. */
  readonly plan: { readonly plan: RunPlan; readonly config: RunConfig } | null;
  readonly cache: CacheState | null;
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
  allowedOrigins: [],
};
