import type { CacheState, SourceLook, WorkerEvent } from '../../studio/protocol';
import type { RunConfig } from '../../training/config/run-config';
import type { Progress } from '../../core/progress-meter';
import type { RunPlan } from '../../training/session/run-plan';

/** What an error about data is shown beside. */
export type DataTopic = 'look' | 'survey' | 'plan' | 'cache';

/**
 * A question about a source: the worker carries out one at a time, and the last asked takes the
 * others' place.
 */
export type DataQuestion =
  /** `pictures` is how many samples were asked for; 0 asks only what the source is. */
  | { readonly kind: 'look'; readonly pictures: number }
  | { readonly kind: 'survey' }
  | { readonly kind: 'plan'; readonly config: RunConfig };

/**
 * What the page knows of sources and of kept shards. An answer is of the source on show only where
 * its `shards` are the config's.
 */
export interface DataState {
  readonly look: (SourceLook & { readonly picturesAsked: number }) | null;
  readonly survey: Extract<WorkerEvent, { type: 'survey' }> | null;
  /** With the settings that it was measured for. */
  readonly plan: { readonly plan: RunPlan; readonly config: RunConfig } | null;
  readonly cache: CacheState | null;
  readonly dataProgress: Progress | null;
  /** The last question, answered or not. */
  readonly question: DataQuestion | null;
  /** The last question's answer is still to come. */
  readonly pending: boolean;
  /**
   * Origins besides the page's that a person has let this machine ask, since the page was opened.
   */
  readonly allowedOrigins: readonly string[];
}

/** Nothing asked, nothing known. */
export const initialDataState: DataState = {
  look: null,
  survey: null,
  plan: null,
  cache: null,
  dataProgress: null,
  question: null,
  pending: false,
  allowedOrigins: [],
};

/** What the worker says about data. */
export type DataEvent = Extract<
  WorkerEvent,
  { type: 'source-look' | 'data-progress' | 'survey' | 'plan' | 'cache' }
>;

/** What an event changes of the slice. */
export function dataReducer(
  event: DataEvent,
  { question, pending }: DataState,
): Partial<DataState> {
  switch (event.type) {
    case 'source-look': {
      const asked = question?.kind === 'look' ? question.pictures : event.look.samples.length;
      return {
        look: { ...event.look, picturesAsked: asked },
        pending: pending && question?.kind !== 'look',
      };
    }
    case 'data-progress':
      return { dataProgress: event.progress, pending: event.progress !== null };
    case 'survey':
      return { survey: event, pending: pending && question?.kind !== 'survey' };
    case 'plan':
      // Another question took this one's place while its answer was on the way.
      if (question?.kind !== 'plan') return {};
      return { plan: { plan: event.plan, config: question.config }, pending: false };
    case 'cache':
      return { cache: event.cache };
    default:
      return event satisfies never;
  }
}
