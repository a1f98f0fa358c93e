import type { StudioErrorRecord } from '../../core/studio-error';
import type { ErrorScope } from '../../training/session/run-events';
import type { DataTopic } from '../data/data-slice';
import type { ModelTopic } from '../models/models-slice';

/** The errors and notices that the page shows. */
export interface MessagesState {
  readonly errors: readonly ErrorEntry[];
  /** Newest last. */
  readonly notices: readonly Notice[];
}

/** An error on the page. */
export interface ErrorEntry {
  readonly id: number;
  readonly scope: ErrorScope;
  /** The section of its view that shows it; null outside of the scopes `data` and `models`. */
  readonly about: DataTopic | ModelTopic | null;
  readonly error: StudioErrorRecord;
}

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

/** A notice of the worker, or an error with the section that it belongs to. */
export type MessageEvent =
  | { readonly type: 'notice'; readonly text: string }
  | ({ readonly type: 'error' } & Omit<ErrorEntry, 'id'>);

/**
 * What an event changes in the slice. An error whose message is already shown in its place is
 * dropped: every checkpoint may fail in the same way, and one alert is enough.
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
      const isShown = (entry: ErrorEntry) =>
        entry.scope === scope && entry.about === about && entry.error.message === error.message;
      if (errors.some(isShown)) return {};
      return { errors: [...errors, { id: ++lastId, scope, about, error }] };
    }
    default:
      return event satisfies never;
  }
}
