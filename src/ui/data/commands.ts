import { currentAddress } from '../shell/address/follow-address';
import { addressWith, mayReach } from '../shell/network-policy';
import { ask, send } from '../shell/client/studio-client';
import { studioStore } from '../shell/studio-store';
import { filesNamed, shardsChosen } from './sources/shards-chosen';
import { isRunActive } from './sources/use-source';

/** Sample pictures that a look asks for. */
export const SAMPLE_COUNT = 24;

/** Requests the facts of the chosen source and its first pictures; 0 requests only the facts. */
export function requestLook(pictures: number): void {
  const { config, files } = studioStore.getState();
  ask({ type: 'look-at-source', shards: config.shards, files, count: pictures }, (look) => {
    if (look) studioStore.setState({ look: { ...look, samplesRequested: pictures } });
  });
}

/** Requests that every record of the chosen source is read once and counted. */
export function requestSurvey(): void {
  const { config, files } = studioStore.getState();
  studioStore.setState({ survey: null });
  ask({ type: 'survey-source', shards: config.shards, files }, (survey) => {
    if (survey) studioStore.setState({ survey });
  });
}

/**
 * Requests a tar of aligned crops of the chosen source's faces. The next run reads it once it is
 * there, unless another source was chosen, or a run began, meanwhile.
 */
export function requestAligned(mode: 'auto' | 'always'): void {
  const { config, files } = studioStore.getState();
  ask({ type: 'align-source', shards: config.shards, files, mode }, (aligned) => {
    if (!aligned) return;
    const { name, file, shards } = aligned;
    const chosen = { shards: filesNamed(name), files: [{ file, path: name }] };
    studioStore.setState((state) => ({
      ...(state.config.shards === shards && !isRunActive(state) && shardsChosen(chosen, state)),
      aligned,
    }));
  });
}

/** Requests a ten-second measurement of a run with the form's settings. */
export function requestPlan(): void {
  const { config, files } = studioStore.getState();
  studioStore.setState({ plan: null });
  ask({ type: 'plan-run', config, files }, (plan) => {
    if (plan) studioStore.setState({ plan: { plan, config } });
  });
}

/** Stops the pending request. */
export const stopDataRequest = (): void => send({ type: 'stop-data' });

/** Sets the size limit of the shard cache, in bytes. */
export const setCacheQuota = (bytes: number): void => send({ type: 'set-cache-quota', bytes });

/** Removes every cached shard. */
export const clearCache = (): void => send({ type: 'clear-cache' });

/**
 * Allows fetches from these origins until the page is closed, and proceeds. A page whose security
 * policy forbids them is reloaded with `network=on`; the choice is in its address by then.
 */
export function allowOrigins(origins: readonly string[], proceed: () => void): void {
  studioStore.setState(({ allowedOrigins }) => ({
    allowedOrigins: [...new Set([...allowedOrigins, ...origins])],
  }));
  const isSealed = !mayReach(origins);
  proceed();
  if (isSealed) location.assign(addressWith(true, currentAddress()));
}
