import { StudioError } from '../../core/studio-error';
import type { RunLabels } from '../../runs/run-manifest';
import type { RunsReplies, RunsRequest } from '../../studio/protocol/runs';
import {
  placeOfCurves,
  placeOfRun,
  staleRuns,
  UNDO_MS,
  type RunsAction,
  type RunsPlace,
  type RunsState,
} from './runs-slice';

/** Sends a request about kept runs and resolves with its reply. @throws StudioError if it fails */
export type AskRuns = <T extends RunsRequest['type']>(
  command: Extract<RunsRequest, { readonly type: T }>,
) => Promise<RunsReplies[T]>;

/** What the requests of the place Runs need of the page. */
export interface RunsPage {
  readonly ask: AskRuns;
  readonly state: () => RunsState;
  readonly dispatch: (action: RunsAction) => void;
  /** Offers a file as a download. */
  readonly save: (name: string, blob: Blob) => void;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** The requests of the place Runs. Each notes its error at the place where it was made. */
export class RunsRequests {
  /** The list was asked for again while it was on its way. */
  #isStale = false;
  /** Runs whose curves are on their way. */
  readonly #reading = new Set<string>();

  constructor(readonly page: RunsPage) {}

  /** Reads the list, and the curves of the runs on show that have changed. */
  async refresh(): Promise<void> {
    const { state, dispatch, ask } = this.page;
    if (state().isListing) {
      this.#isStale = true;
      return;
    }
    this.#isStale = false;
    dispatch({ type: 'list-asked' });
    try {
      dispatch({ type: 'listed', listing: await ask({ type: 'list-runs' }) });
    } catch (thrown) {
      this.#fail('list', thrown);
      return;
    }
    if (this.#isStale) return this.refresh();
    await this.#readCurves();
  }

  /** Puts a run on show. */
  async choose(runId: string): Promise<void> {
    this.page.dispatch({ type: 'chosen', runId });
    await this.#readCurves();
  }

  /** Adds a run to those on show, or takes it from them. */
  async overlay(runId: string, isShown: boolean): Promise<void> {
    this.page.dispatch({ type: 'overlaid', runId, isShown });
    await this.#readCurves();
  }

  async label(runId: string, labels: Partial<RunLabels>): Promise<void> {
    await this.#perform(placeOfRun(runId), 'Saving', async () => {
      const run = await this.page.ask({ type: 'label-run', runId, labels });
      this.page.dispatch({ type: 'run-changed', run });
    });
  }

  /** Deletes a run; it can be taken back for ten seconds. @returns whether it is deleted */
  async remove(runId: string): Promise<boolean> {
    const { ask, dispatch, now } = this.page;
    const isRemoved = await this.#perform(placeOfRun(runId), 'Deleting', async () => {
      const run = await ask({ type: 'remove-run', runId });
      dispatch({ type: 'removed', run, until: now() + UNDO_MS });
    });
    await this.#readCurves();
    return isRemoved;
  }

  /** Takes a deleted run back, and puts it on show. If that fails, it can be tried again. */
  async restore(runId: string): Promise<void> {
    const { now, dispatch } = this.page;
    const isRestored = await this.#perform(placeOfRun(runId), 'Taking it back', async () => {
      const run = await this.page.ask({ type: 'restore-run', runId });
      dispatch({ type: 'run-changed', run });
      dispatch({ type: 'chosen', runId });
    });
    if (!isRestored) dispatch({ type: 'removal-held', runId, until: now() + UNDO_MS });
    await this.#readCurves();
  }

  /** Downloads a run as one file. */
  async export(runId: string): Promise<void> {
    await this.#perform(placeOfRun(runId), 'Making the file', async () => {
      const { name, blob } = await this.page.ask({ type: 'export-kept-run', runId });
      this.page.save(name, blob);
    });
  }

  /** Downloads one HTML file of the runs on show. */
  async report(): Promise<void> {
    await this.#perform('report', 'Making the report', async () => {
      const runIds = this.page.state().shown;
      const { name, blob } = await this.page.ask({ type: 'report-runs', runIds });
      this.page.save(name, blob);
    });
  }

  /** Adds the run of a file to those that are kept, and puts it on show. */
  async import(file: File): Promise<void> {
    await this.#perform('import', 'Reading the file', async () => {
      const run = await this.page.ask({ type: 'import-run', file });
      this.page.dispatch({ type: 'run-changed', run });
      this.page.dispatch({ type: 'chosen', runId: run.id });
    });
    await this.#readCurves();
  }

  /** Makes the head of a run one that faces can be read with. @returns whether it is one now */
  offerHead(runId: string): Promise<boolean> {
    return this.#perform(placeOfRun(runId), 'Reading its head', async () => {
      await this.page.ask({ type: 'use-kept-head', runId });
    });
  }

  /** Sets the bound for all runs together, in bytes. */
  async setBound(bytes: number): Promise<void> {
    const isDone = await this.#perform('space', 'Saving', async () => {
      const space = await this.page.ask({ type: 'set-runs-quota', bytes });
      this.page.dispatch({ type: 'space', space });
    });
    // A lower bound may have thrown runs away.
    if (isDone) await this.refresh();
  }

  async #readCurves(): Promise<void> {
    const stale = staleRuns(this.page.state()).filter(({ id }) => !this.#reading.has(id));
    await Promise.all(stale.map(({ id, changedAt }) => this.#read(id, changedAt)));
  }

  async #read(runId: string, changedAt: number): Promise<void> {
    const { ask, dispatch, state } = this.page;
    this.#reading.add(runId);
    try {
      const kept = await ask({ type: 'read-curves', runId });
      if (state().shown.includes(runId)) dispatch({ type: 'curves-read', changedAt, kept });
    } catch (thrown) {
      this.#fail(placeOfCurves(runId), thrown);
      return;
    } finally {
      this.#reading.delete(runId);
    }
    // A list that came meanwhile may tell of later steps.
    const listed = staleRuns(state()).find(({ id }) => id === runId);
    if (listed && listed.changedAt !== changedAt) await this.#read(runId, listed.changedAt);
  }

  /** @returns whether it succeeded */
  async #perform(place: RunsPlace, what: string, request: () => Promise<void>): Promise<boolean> {
    const { dispatch, state } = this.page;
    dispatch({ type: 'began', place, what });
    try {
      await request();
      // A list that is on its way may be from before.
      if (state().isListing) this.#isStale = true;
      dispatch({ type: 'ended', place });
      return true;
    } catch (thrown) {
      this.#fail(place, thrown);
      return false;
    }
  }

  #fail(place: RunsPlace, thrown: unknown): void {
    const error = StudioError.record(thrown, 'worker-crashed', 'Try it again.');
    this.page.dispatch({ type: 'failed', place, error });
  }
}
