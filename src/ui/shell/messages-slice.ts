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

/** The state with one more error. An error with a message that is already shown is not repeated. */
export function withError(
  { errors }: MessagesState,
  entry: Omit<ErrorEntry, 'id'>,
): Partial<MessagesState> {
  if (errors.some(({ error }) => error.message === entry.error.message)) return {};
  return { errors: [...errors, { id: ++lastId, ...entry }] };
}

/** The state with one more notice; the oldest make way. */
export function withNotice({ notices }: MessagesState, text: string): Partial<MessagesState> {
  const notice = { id: ++lastId, text, at: Date.now() };
  return { notices: [...notices, notice].slice(-MAX_NOTICES) };
}
