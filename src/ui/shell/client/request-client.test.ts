import { describe, expect, it, vi } from 'vitest';
import type { StudioErrorRecord } from '../../../core/studio-error';
import { RequestClient, WorkerDied } from './request-client';
import { initialTasksState, isPending, progressOf, tasksReducer } from './tasks-slice';

function begin() {
  const ids: number[] = [];
  let state = initialTasksState;
  const client = new RequestClient({
    post: ({ requestId }) => void ids.push(requestId),
    onTask: (event) => void (state = { ...state, ...tasksReducer(event, state) }),
  });
  return { client, ids, tasks: () => state };
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
    const space = { bytes: 1, quotaBytes: 5, isQuotaChosen: true, firstToGo: [] };
    client.receive({ kind: 'reply', requestId: ids[1]!, type: 'set-runs-quota', result: space });
    expect(await second).toEqual(space);
    client.receive({ kind: 'failure', requestId: ids[0]!, type: 'restore-run', error });
    await expect(first).rejects.toMatchObject(error);
  });

  it('fails each of two requests that fail alike', async () => {
    const { client, ids, tasks } = begin();
    const requests = [1, 2].map(() => client.request({ type: 'export', what: 'head' }));
    for (const requestId of ids) {
      expect(isPending(tasks(), 'export')).toBe(true);
      client.receive({ kind: 'failure', requestId, type: 'export', error });
    }
    for (const each of await Promise.allSettled(requests)) expect(each.status).toBe('rejected');
    expect(isPending(tasks(), 'export')).toBe(false);
  });

  it('ends a request that was never answered with the worker', async () => {
    const { client, ids, tasks } = begin();
    const left = client.request({ type: 'list-runs' });
    const done = client.request({ type: 'pause' });
    client.receive({ kind: 'reply', requestId: ids[1]!, type: 'pause', result: null });
    client.endAll();
    await expect(left).rejects.toBeInstanceOf(WorkerDied);
    expect(await done).toBeNull();
    expect(tasks().tasks).toEqual([]);
  });

  it('refuses a reply to a request of another type', async () => {
    const { client, ids } = begin();
    const request = client.request({ type: 'list-runs' });
    client.receive({ kind: 'reply', requestId: ids[0]!, type: 'pause', result: null });
    await expect(request).rejects.toThrow('list-runs');
  });

  it('fails a request that could not be sent', async () => {
    const post = () => {
      throw new Error('The worker has not been started.');
    };
    const onTask = vi.fn();
    const client = new RequestClient({ post, onTask });
    await expect(client.request({ type: 'pause' })).rejects.toThrow('started');
    expect(onTask).not.toHaveBeenCalled();
  });

  it('tells how far each request is, and no more once it is answered', () => {
    const { client, ids, tasks } = begin();
    const replies: unknown[] = [];
    const onReply = (reply: unknown) => {
      // Its waiting ends only once its reply has been taken.
      replies.push([reply, isPending(tasks(), 'survey-source')]);
    };
    const onFailure = vi.fn();
    client.ask({ type: 'survey-source', shards: 'a' }, { onReply, onFailure });
    client.ask({ type: 'survey-source', shards: 'b' }, { onReply, onFailure });
    const tell = (requestId: number, done: number) =>
      client.receive({
        kind: 'task-progress',
        requestId,
        task: 'survey-source',
        progress: { phase: 'surveying', label: '', done, total: 9, unit: '', perSecond: 1 },
      });
    tell(ids[1]!, 3);
    tell(ids[0]!, 5);
    expect(progressOf(tasks(), 'survey-source')).toMatchObject({ done: 3 });
    expect(tasks().tasks.map(({ progress }) => progress?.done)).toEqual([5, 3]);
    for (const requestId of ids)
      client.receive({ kind: 'reply', requestId, type: 'survey-source', result: null });
    tell(ids[0]!, 6);
    expect(tasks().tasks).toEqual([]);
    expect(replies).toEqual([
      [null, true],
      [null, true],
    ]);
  });
});
