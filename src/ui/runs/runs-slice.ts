import type { StudioErrorRecord } from '../../core/studio-error';
import type { RunSummary } from '../../runs/run-manifest';
import type { KeptCurves, RunsListing, RunsSpace } from '../../studio/protocol/runs';

/** Runs in one set of charts, at most. */
export const MAX_SHOWN = 4;
/** Milliseconds in which a deleted run can be taken back. */
export const UNDO_MS = 10_000;

/** What the place Runs knows of the runs that are kept. */
export interface RunsState {
  /** null before the first answer. */
  readonly listing: RunsListing | null;
  /** Counts the changes of kept runs: the list shows one only when it is read again. */
  readonly changes: number;
  /** The list has been asked for and isn't answered yet. */
  readonly isListing: boolean;
  /** Runs whose curves are on show, in the order in which they were chosen. */
  readonly shown: readonly string[];
  /**
   * The places of the runs on show, which give them colours and dashes: each keeps its own as long
   * as it is on show.
   */
  readonly places: Readonly<Record<string, number>>;
  /** The one of them that is described, and drawn in front; null if none is on show. */
  readonly chosenId: string | null;
  /** Curves by run. A run that changes keeps those on show until the new ones have been read. */
  readonly curves: Readonly<Record<string, CurvesOnShow | undefined>>;
  /** What is being done at each place. */
  readonly pending: Readonly<Record<string, string | undefined>>;
  /** Why the last request of each place failed. */
  readonly failures: Readonly<Record<string, StudioErrorRecord | undefined>>;
  /** Runs that were deleted and can be taken back, the oldest first. */
  readonly removals: readonly Removal[];
}

/** Curves of a run, and when the run had them: see `RunManifest.changedAt`. */
export interface CurvesOnShow {
  readonly changedAt: number;
  readonly kept: KeptCurves;
}

/** A run that was deleted. */
export interface Removal {
  readonly run: RunSummary;
  /** Until when it can be taken back, in milliseconds since the Unix epoch. */
  readonly until: number;
}

/** Where a request was made, and where its error stands. */
export type RunsPlace =
  'list' | 'import' | 'space' | 'report' | `run ${string}` | `curves ${string}`;
export const placeOfRun = (runId: string): RunsPlace => `run ${runId}`;
export const placeOfCurves = (runId: string): RunsPlace => `curves ${runId}`;

export const initialRunsState: RunsState = {
  listing: null,
  changes: 0,
  isListing: false,
  shown: [],
  places: {},
  chosenId: null,
  curves: {},
  pending: {},
  failures: {},
  removals: [],
};

/** What happens to the state of the place Runs. */
export type RunsAction =
  | { readonly type: 'changed' }
  | { readonly type: 'list-asked' }
  | { readonly type: 'listed'; readonly listing: RunsListing }
  /** A run is put on show alone; one that is on show already comes to the front. */
  | { readonly type: 'chosen'; readonly runId: string }
  /** A run joins those on show, or leaves them. */
  | { readonly type: 'overlaid'; readonly runId: string; readonly isShown: boolean }
  | { readonly type: 'curves-read'; readonly changedAt: number; readonly kept: KeptCurves }
  /** A request begins: the error of the last one at its place goes. */
  | { readonly type: 'began'; readonly place: RunsPlace; readonly what: string }
  | { readonly type: 'ended'; readonly place: RunsPlace }
  | { readonly type: 'failed'; readonly place: RunsPlace; readonly error: StudioErrorRecord }
  | { readonly type: 'dismissed'; readonly place: RunsPlace }
  /** A run was labelled, imported or taken back. */
  | { readonly type: 'run-changed'; readonly run: RunSummary }
  | { readonly type: 'removed'; readonly run: RunSummary; readonly until: number }
  | { readonly type: 'removal-held'; readonly runId: string; readonly until: number }
  /** Its time is up. It stays while it is being taken back, and as long as that has failed. */
  | { readonly type: 'removal-over'; readonly runId: string }
  | { readonly type: 'space'; readonly space: RunsSpace };

/** The state after an action. */
export function runsReducer(before: RunsState, action: RunsAction): RunsState {
  const state = reduced(before, action);
  return state.shown === before.shown
    ? state
    : { ...state, places: placesOf(state.shown, before.places) };
}

/** Places of runs: those before, and for each other run the first that is free. */
function placesOf(
  shown: readonly string[],
  before: RunsState['places'],
): Readonly<Record<string, number>> {
  const places: Record<string, number> = {};
  for (const id of shown) if (before[id] !== undefined) places[id] = before[id];
  for (const id of shown) {
    const taken = Object.values(places);
    places[id] ??= shown.findIndex((_, place) => !taken.includes(place));
  }
  return places;
}

function reduced(state: RunsState, action: RunsAction): RunsState {
  switch (action.type) {
    case 'changed':
      return { ...state, changes: state.changes + 1 };
    case 'list-asked':
      return { ...state, isListing: true, failures: without(state.failures, 'list') };
    case 'listed':
      return withListing({ ...state, isListing: false }, action.listing);
    case 'chosen':
      return {
        ...state,
        shown: state.shown.includes(action.runId) ? state.shown : [action.runId],
        chosenId: action.runId,
      };
    case 'overlaid':
      return overlaid(state, action.runId, action.isShown);
    case 'curves-read': {
      const { changedAt, kept } = action;
      return {
        ...state,
        curves: { ...state.curves, [kept.runId]: { changedAt, kept } },
        failures: without(state.failures, placeOfCurves(kept.runId)),
      };
    }
    case 'began':
      return {
        ...state,
        pending: { ...state.pending, [action.place]: action.what },
        failures: without(state.failures, action.place),
      };
    case 'ended':
      return { ...state, pending: without(state.pending, action.place) };
    case 'failed':
      return {
        ...state,
        isListing: action.place === 'list' ? false : state.isListing,
        pending: without(state.pending, action.place),
        failures: { ...state.failures, [action.place]: action.error },
      };
    case 'dismissed':
      return { ...state, failures: without(state.failures, action.place) };
    case 'run-changed':
      return withRun(state, action.run);
    case 'removed':
      return removed(state, action.run, action.until);
    case 'removal-held':
      return {
        ...state,
        removals: state.removals.map((removal) =>
          removal.run.id === action.runId ? { ...removal, until: action.until } : removal,
        ),
      };
    case 'removal-over':
      if (!isSettled(state, placeOfRun(action.runId))) return state;
      return { ...state, removals: state.removals.filter(({ run }) => run.id !== action.runId) };
    case 'space':
      return state.listing
        ? { ...state, listing: { ...state.listing, space: action.space } }
        : state;
    default:
      return action satisfies never;
  }
}

/** Whether nothing is being done at a place, and nothing that failed there stands unread. */
export const isSettled = ({ pending, failures }: RunsState, place: RunsPlace): boolean =>
  pending[place] === undefined && failures[place] === undefined;

/** The runs on show, in their order. */
export const shownRuns = ({ listing, shown }: RunsState): RunSummary[] =>
  shown.flatMap((id) => listing?.runs.filter((run) => run.id === id) ?? []);

/** The runs on show whose curves haven't been read since they changed. */
export const staleRuns = (state: RunsState): RunSummary[] =>
  shownRuns(state).filter(({ id, changedAt }) => state.curves[id]?.changedAt !== changedAt);

function overlaid(state: RunsState, runId: string, isShown: boolean): RunsState {
  if (state.shown.includes(runId) === isShown) return state;
  if (!isShown) return withoutShown(state, (id) => id === runId);
  if (state.shown.length === MAX_SHOWN) return state;
  return { ...state, shown: [...state.shown, runId], chosenId: state.chosenId ?? runId };
}

/** A list takes the place of the one before; what is no longer in it is no longer on show. */
function withListing(state: RunsState, read: RunsListing): RunsState {
  // A list that was on its way still has what has just been deleted.
  const isRemoved = (id: string) => state.removals.some(({ run }) => run.id === id);
  const listing = { ...read, runs: read.runs.filter(({ id }) => !isRemoved(id)) };
  const ids = new Set(listing.runs.map(({ id }) => id));
  const hadRuns = state.listing !== null && state.listing.runs.length > 0;
  const next = withoutShown({ ...state, listing }, (id) => !ids.has(id));
  const newest = listing.runs[0];
  // The first list with runs puts the newest on show; later a person may have put none.
  return !hadRuns && next.chosenId === null && newest
    ? { ...next, shown: [newest.id], chosenId: newest.id }
    : next;
}

function withoutShown(state: RunsState, isGone: (id: string) => boolean): RunsState {
  const shown = state.shown.filter((id) => !isGone(id));
  if (shown.length === state.shown.length) return state;
  const chosenId =
    state.chosenId !== null && shown.includes(state.chosenId) ? state.chosenId : (shown[0] ?? null);
  // Curves are large: those of runs that are no longer on show are read again if they are wanted.
  const curves = Object.fromEntries(shown.map((id) => [id, state.curves[id]]));
  return { ...state, shown, chosenId, curves };
}

function withRun(before: RunsState, run: RunSummary): RunsState {
  const removals = before.removals.filter((removal) => removal.run.id !== run.id);
  const state = { ...before, removals };
  if (!state.listing) return state;
  const { runs } = state.listing;
  const isKnown = runs.some(({ id }) => id === run.id);
  const next = isKnown
    ? runs.map((each) => (each.id === run.id ? run : each))
    : [...runs, run].sort((a, b) => b.startedAt - a.startedAt);
  return {
    ...state,
    listing: { ...state.listing, runs: next },
  };
}

/** The run need not be in the list: that may be from before it was begun, or not read yet. */
function removed(state: RunsState, run: RunSummary, until: number): RunsState {
  const { listing } = state;
  return {
    ...withoutShown(state, (id) => id === run.id),
    listing: listing && { ...listing, runs: listing.runs.filter(({ id }) => id !== run.id) },
    removals: [...state.removals.filter((each) => each.run.id !== run.id), { run, until }],
  };
}

function without<T>(
  record: Readonly<Record<string, T | undefined>>,
  key: string,
): Readonly<Record<string, T | undefined>> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}
