import type { StudioErrorRecord } from '../../core/studio-error';
import type { ErrorScope } from '../../training/session/run-events';
import type { FaceTopic } from '../compare/faces-slice';
import type { DataTopic } from '../data/data-slice';
import type { EvaluationTopic } from '../evaluate/evaluation-slice';
import type { ModelTopic } from '../models/models-slice';

/** The errors and notices that the page shows. */
export interface MessagesState {
  readonly errors: readonly ErrorEntry[];
  /** Newest last. */
  readonly notices: readonly Notice[];
}

/** The section of its place that shows an error: of Data, Evaluate, Models or Compare. */
export type SectionTopic = DataTopic | EvaluationTopic | FaceTopic | ModelTopic;

/** An error on the page. */
export interface ErrorEntry {
  readonly id: number;
  readonly scope: ErrorScope;
  /** The section that shows it; null if it stands at the top of its place. */
  readonly about: SectionTopic | null;
  /**
   * The thing that failed. Within a scope an error takes the place of one of the same topic, and
   * the next success of that thing ends it.
   */
  readonly topic: string;
  readonly error: StudioErrorRecord;
}

/** An error to show. Without a topic it is about its section, else about what it says. */
export type ErrorToShow = Omit<ErrorEntry, 'id' | 'topic'> & { readonly topic?: string };

/** Something that the studio recovered from by itself. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export const initialMessagesState: MessagesState = { errors: [], notices: [] };

/** Notices that the page shows at a time. */
const MAX_NOTICES = 3;

let lastId = 0;

/** A notice, an error, or that something which may have failed before has now succeeded. */
export type MessageEvent =
  | { readonly type: 'notice'; readonly text: string }
  | ({ readonly type: 'error' } & ErrorToShow)
  | ({ readonly type: 'success' } & Pick<ErrorEntry, 'scope' | 'topic'>);

/**
 * What an event changes in the slice. Of one topic only the newest error is shown. One that says
 * what stands there already changes nothing, unless it is a request's: every checkpoint may fail in
 * the same way, but a person who has tried again is told again.
 */
export function messagesReducer(
  event: MessageEvent,
  { errors, notices }: MessagesState,
): Partial<MessagesState> {
  switch (event.type) {
    case 'notice': {
      const notice = { id: ++lastId, text: event.text, at: Date.now() };
      return { notices: [...notices, notice].slice(-MAX_NOTICES) };
    }
    case 'error': {
      const { scope, about, error } = event;
      const topic = event.topic ?? about ?? error.message;
      const others = errors.filter((entry) => !isOf(entry, { scope, topic }));
      const isTold = others.length < errors.length && topic === error.message;
      return isTold ? {} : { errors: [...others, { id: ++lastId, scope, about, topic, error }] };
    }
    case 'success':
      return errors.some((entry) => isOf(entry, event))
        ? { errors: errors.filter((entry) => !isOf(entry, event)) }
        : {};
    default:
      return event satisfies never;
  }
}

const isOf = (entry: ErrorEntry, { scope, topic }: Pick<ErrorEntry, 'scope' | 'topic'>): boolean =>
  entry.scope === scope && entry.topic === topic;
