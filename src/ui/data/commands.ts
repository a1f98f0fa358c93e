import type { WorkerCommand } from '../../studio/protocol';
import type { DataRequest, DataTopic } from './data-slice';
import { addressWith, mayReach } from '../shell/network-policy';
import { send } from '../shell/studio-client';
import { studioStore } from '../shell/studio-store';

/** Sample pictures that a look asks for. */
export const SAMPLE_COUNT = 24;

/** Requests the facts of the chosen source and its first pictures; 0 requests only the facts. */
export function requestLook(pictures: number): void {
  const { config, files } = studioStore.getState();
  request(
    { kind: 'look', pictures },
    { type: 'look-at-source', shards: config.shards, files, count: pictures },
  );
}

/** Requests that every record of the chosen source is read once and counted. */
export function requestSurvey(): void {
  const { config, files } = studioStore.getState();
  studioStore.setState({ survey: null });
  request({ kind: 'survey' }, { type: 'survey-source', shards: config.shards, files });
}

/**
 * Requests a tar of aligned crops of the chosen source's faces; the next run reads it once it is
 * there.
 */
export function requestAligned(mode: 'auto' | 'always'): void {
  const { config, files } = studioStore.getState();
  request({ kind: 'align' }, { type: 'align-source', shards: config.shards, files, mode });
}

/** Requests a ten-second measurement of a run with the form's settings. */
export function requestPlan(): void {
  const { config, files } = studioStore.getState();
  studioStore.setState({ plan: null });
  request({ kind: 'plan', config }, { type: 'plan-run', config, files });
}

/** Stops the pending request. */
export const stopDataRequest = (): void => send({ type: 'stop-data' });

/** Sets the size limit of the shard cache, in bytes. */
export function setCacheQuota(bytes: number): void {
  dismissErrorsAbout('cache');
  send({ type: 'set-cache-quota', bytes });
}

/** Removes every cached shard. */
export function clearCache(): void {
  dismissErrorsAbout('cache');
  send({ type: 'clear-cache' });
}

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
  if (isSealed) location.assign(addressWith(true, location.href));
}

function request(dataRequest: DataRequest, command: WorkerCommand): void {
  dismissErrorsAbout(dataRequest.kind);
  studioStore.setState({ dataRequest, dataPending: true, dataProgress: null });
  send(command);
}

/** Removes the errors about a topic from the page before it is tried again. */
function dismissErrorsAbout(topic: DataTopic): void {
  studioStore.setState(({ errors }) => ({ errors: errors.filter(({ about }) => about !== topic) }));
}
