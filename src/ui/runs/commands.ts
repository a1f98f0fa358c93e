import { download } from '../components/download';
import { request } from '../shell/client/studio-client';
import { studioStore } from '../shell/studio-store';
import { RunsRequests } from './runs-requests';
import { runsReducer, type RunsAction } from './runs-slice';

/** Applies an action to the state of the place Runs. */
export const dispatchRuns = (action: RunsAction): void =>
  studioStore.setState(({ runs }) => ({ runs: runsReducer(runs, action) }));

/** The page's requests about kept runs. */
export const keptRuns = new RunsRequests({
  ask: request,
  state: () => studioStore.getState().runs,
  dispatch: dispatchRuns,
  save: download,
  now: Date.now,
});
