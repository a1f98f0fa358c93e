import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RequestMessage } from '../../../studio/protocol/messages';

vi.mock('../../../studio/studio.worker.ts?worker&url', () => ({ default: 'studio.worker.js' }));

/** Workers that were started, the first first. */
let workers: FakeWorker[] = [];
/** Called when the lock of each worker is free: the worker has died. */
let deaths: (() => void)[] = [];

class FakeWorker {
  onmessage: ((event: { data: object }) => void) | null = null;
  onerror: ((event: { message: string }) => void) | null = null;
  readonly asked: RequestMessage[] = [];
  constructor() {
    workers.push(this);
  }
  postMessage(message: RequestMessage): void {
    this.asked.push(message);
  }
  begin(): void {
    const event = { type: 'alive' };
    this.onmessage!({ data: { kind: 'event', requestId: null, runId: null, event } });
  }
}

const died = { code: 'worker-crashed', message: expect.stringMatching(/died before/) };
const isGone = {
  code: 'worker-crashed',
  message: 'The studio’s worker isn’t running.',
  nextStep: 'Reload the page; saved runs are kept.',
};

describe('the page without a worker', () => {
  beforeEach(() => {
    [workers, deaths] = [[], []];
    vi.resetModules();
    vi.stubGlobal('Worker', FakeWorker);
    vi.stubGlobal('location', { href: 'https://here.example/', search: '', hash: '' });
    const request = (_: string, granted: () => void) => {
      deaths.push(granted);
      return Promise.resolve();
    };
    vi.stubGlobal('navigator', { locks: { request } });
  });
  afterEach(() => vi.unstubAllGlobals());

  it('fails what waits, and what is asked later, if the worker can’t be loaded', async () => {
    const { request, startWorker } = await import('./studio-client');
    startWorker();
    const waiting = request({ type: 'list-runs' });
    workers[0]!.onerror!({ message: '' });
    await expect(waiting).rejects.toMatchObject(died);
    await expect(request({ type: 'list-runs' })).rejects.toMatchObject(isGone);
  });

  it('still waits for a worker that has begun and reports an error', async () => {
    const { request, startWorker } = await import('./studio-client');
    startWorker();
    workers[0]!.begin();
    workers[0]!.onerror!({ message: 'Something is undefined' });
    const answer = vi.fn();
    void request({ type: 'list-runs' }).then(answer, answer);
    await Promise.resolve();
    expect(answer).not.toHaveBeenCalled();
    expect(workers[0]!.asked.at(-1)!.command.type).toBe('list-runs');
  });

  it('fails what is asked once the worker has died again and again', async () => {
    const { request, startWorker } = await import('./studio-client');
    startWorker();
    workers[0]!.begin();
    deaths[0]!();
    expect(workers).toHaveLength(2);
    workers[1]!.begin();
    const waiting = request({ type: 'list-runs' });
    deaths[1]!();
    await expect(waiting).rejects.toMatchObject(died);
    expect(workers).toHaveLength(2);
    const later = request({ type: 'list-runs' });
    await expect(later).rejects.toBeInstanceOf(Error);
    await expect(later).rejects.toMatchObject(isGone);
  });
});
