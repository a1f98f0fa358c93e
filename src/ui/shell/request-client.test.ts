import { describe, expect, it } from 'vitest';
import type { StudioErrorRecord } from '../../core/studio-error';
import type { RequestMessage } from '../../studio/protocol/messages';
import { RequestClient, WorkerDied } from './request-client';

function begin() {
  const sent: RequestMessage['command'][] = [];
  const ids: number[] = [];
  const client = new RequestClient(({ requestId, command }) => {
    sent.push(command);
    ids.push(requestId);
  });
  return { client, sent, ids };
}

const error: StudioErrorRecord = {
  code: 'bad-source',
  message: 'The folder has no pictures.',
  nextStep: 'Pick another.',
};

describe('the client of the worker', () => {
  it('gives each request the reply that names it, in whatever order they come', async () => {
    const { client, ids } = begin();
    const first = client.request({ type: 'restore-run', runId: 'a' });
    const second = client.request({ type: 'set-runs-quota', bytes: 5 });
    const space = { bytes: 1, quotaBytes: 5, firstToGo: [] };
    client.settle({ kind: 'reply', requestId: ids[1]!, type: 'set-runs-quota', result: space });
    expect(await second).toEqual(space);
    client.settle({ kind: 'failure', requestId: ids[0]!, type: 'restore-run', error });
    await expect(first).rejects.toMatchObject(error);
  });

  it('fails each of two requests that fail alike', async () => {
    const { client, ids } = begin();
    const requests = [1, 2].map(() => client.request({ type: 'stop-models' }));
    for (const requestId of ids)
      client.settle({ kind: 'failure', requestId, type: 'stop-models', error });
    for (const each of await Promise.allSettled(requests)) expect(each.status).toBe('rejected');
  });

  it('ends a request that was never answered with the worker', async () => {
    const { client, ids } = begin();
    const left = client.request({ type: 'list-runs' });
    const done = client.request({ type: 'pause' });
    client.settle({ kind: 'reply', requestId: ids[1]!, type: 'pause', result: null });
    client.endAll();
    await expect(left).rejects.toBeInstanceOf(WorkerDied);
    expect(await done).toBeNull();
  });

  it('refuses a reply to a request of another type', async () => {
    const { client, ids } = begin();
    const request = client.request({ type: 'list-runs' });
    client.settle({ kind: 'reply', requestId: ids[0]!, type: 'pause', result: null });
    await expect(request).rejects.toThrow('list-runs');
  });

  it('fails a request that could not be sent', async () => {
    const client = new RequestClient(() => {
      throw new Error('The worker has not been started.');
    });
    await expect(client.request({ type: 'pause' })).rejects.toThrow('started');
  });
});
