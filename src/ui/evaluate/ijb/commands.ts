import { StudioError } from '../../../core/studio-error';
import type { IjbState, PickedIjb } from '../../../studio/protocol';
import { WorkerDied } from '../../shell/client/request-client';
import { ask, request } from '../../shell/client/studio-client';
import { isPending } from '../../shell/client/tasks-slice';
import { showError } from '../../shell/receive-event';
import { dismissErrorsAbout, studioStore } from '../../shell/studio-store';
import type { IjbPageState } from './ijb-slice';

/** The folder that was picked last: a worker that takes the place of one that died needs it. */
let picked: PickedIjb | null = null;
/** Whether an evaluation was begun, and neither paused nor ended. */
let isWanted = false;

const change = (changes: Partial<IjbPageState>) =>
  studioStore.setState(({ ijb }) => ({ ijb: { ...ijb, ...changes } }));

/** The requests that have the release, or the machine. */
export const IJB_TASKS = ['open-ijb', 'measure-ijb', 'evaluate-ijb', 'close-ijb'] as const;

/** Whether nothing is going on with a release. */
const isIdle = () => !isPending(studioStore.getState(), ...IJB_TASKS);

/**
 * Asks how things stand; what has failed stays on show. A worker that has just been started opens
 * the release again.
 */
export function refreshIjb(): void {
  request({ type: 'ijb-state' }).then((state) => {
    if (!isIdle()) return;
    change({ state, isEnding: false });
    if (!state.release && picked) openIjb(picked);
  }, showFailure);
}

/** Opens a release, and measures how long its reading will take. */
export function openIjb(folder: PickedIjb): void {
  picked = null;
  change({ estimate: null, isEnding: false });
  ask({ type: 'open-ijb', folder }, (state) => {
    if (!state) return;
    picked = folder;
    change({ state });
    if (isWanted) startIjb();
    else if (leftOf(state) > 0) measureIjb();
  });
}

/** Measures how long the reading will take. */
export function measureIjb(): void {
  const { evaluatedHeads } = studioStore.getState();
  change({ isEnding: false });
  ask({ type: 'measure-ijb' }, (estimate) =>
    change({ estimate, estimateFor: evaluatedHeads, isEnding: false }),
  );
}

/** Begins the evaluation, or goes on with it. */
export function startIjb(): void {
  isWanted = true;
  change({ isEnding: false });
  dismissErrorsAbout('ijb');
  request({ type: 'evaluate-ijb' }).then(
    (result) => {
      isWanted = false;
      const { state } = studioStore.getState().ijb;
      // One that was paused leaves the last result in place.
      if (result && state) change({ state: { ...state, result } });
    },
    (thrown: unknown) => {
      // The worker that takes its place goes on.
      if (!(thrown instanceof WorkerDied)) isWanted = false;
      showFailure(thrown);
    },
  );
}

function showFailure(thrown: unknown): void {
  // The page says once that the worker has died, not for each request.
  if (thrown instanceof WorkerDied) return;
  const error = StudioError.record(thrown, 'worker-crashed', 'Try it again.');
  showError({ scope: 'evaluation', about: 'ijb', error });
}

/** Ends what is going on; it can be gone on with at once. */
export function pauseIjb(): void {
  isWanted = false;
  change({ isEnding: true });
  // A warning, such as of damaged readings, stays on show.
  request({ type: 'pause-ijb' }).catch(showFailure);
}

/** Ends what is going on, and lets go of the release. */
export function closeIjb(): void {
  [isWanted, picked] = [false, null];
  change({ isEnding: true, estimate: null });
  ask({ type: 'close-ijb' }, (state) => change({ state, isEnding: false }));
}

/** Removes kept readings. */
export function removeKept(name: string): void {
  ask({ type: 'remove-kept-ijb', name }, (state) => change({ state }));
}

/** Pictures that are still to be read. */
const leftOf = ({ release }: IjbState): number => (release ? release.pictures - release.read : 0);
