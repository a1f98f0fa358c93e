import type { WorkerCommand } from '../../studio/protocol';
import type { DataQuestion, DataTopic } from './data-slice';
import { addressWith, mayReach } from '../shell/network-policy';
import { send } from '../shell/studio-client';
import { studioStore } from '../shell/studio-store';

/** Pictures that a look shows. */
export const SAMPLES = 24;

/** Asks what the source on show is, and for its first pictures; 0 pictures asks only what it is. */
export function askLook(pictures: number): void {
  const { config, files } = studioStore.getState();
  ask(
    { kind: 'look', pictures },
    { type: 'look-at-source', shards: config.shards, files, count: pictures },
  );
}

/** Has every record of the source on show read once. */
export function askSurvey(): void {
  const { config, files } = studioStore.getState();
  studioStore.setState({ survey: null });
  ask({ kind: 'survey' }, { type: 'survey-source', shards: config.shards, files });
}

/** Has a run of the settings on show measured for ten seconds. */
export function askPlan(): void {
  const { config, files } = studioStore.getState();
  studioStore.setState({ plan: null });
  ask({ kind: 'plan', config }, { type: 'plan-run', config, files });
}

/** Ends the question at work. */
export const stopAsking = (): void => send({ type: 'stop-data' });

/** Sets how many bytes of streamed shards are kept. */
export function setCacheQuota(bytes: number): void {
  forget('cache');
  send({ type: 'set-cache-quota', bytes });
}

/** Drops every kept shard. */
export function clearCache(): void {
  forget('cache');
  send({ type: 'clear-cache' });
}

/**
 * Lets this machine ask these origins until the page is closed, and proceeds. A page that the
 * browser holds back from them opens anew without that seal; what was chosen lies in its address by
 * then.
 */
export function allow(origins: readonly string[], proceed: () => void): void {
  studioStore.setState(({ allowedOrigins }) => ({
    allowedOrigins: [...new Set([...allowedOrigins, ...origins])],
  }));
  const isSealed = !mayReach(origins);
  proceed();
  if (isSealed) location.assign(addressWith(true, location.href));
}

function ask(question: DataQuestion, command: WorkerCommand): void {
  forget(question.kind);
  studioStore.setState({ question, pending: true, dataProgress: null });
  send(command);
}

/** Takes the errors about a topic off the page: it is tried again. */
function forget(topic: DataTopic): void {
  studioStore.setState(({ errors }) => ({ errors: errors.filter(({ about }) => about !== topic) }));
}
