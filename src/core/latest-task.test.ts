import { describe, expect, it } from 'vitest';
import { isReplaced, isStopped, LatestTask } from './latest-task';

/** Work that ends when its signal aborts, with the signal's reason. */
const untilAborted = (signal: AbortSignal) =>
  new Promise<string>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as DOMException)),
  );

describe('the latest task', () => {
  it('aborts the one before, which ends with null', async () => {
    const task = new LatestTask();
    const first = task.run(untilAborted);
    expect(await task.run(async () => 'second')).toBe('second');
    expect(await first).toBeNull();
  });

  it('ends with null when it is stopped', async () => {
    const task = new LatestTask();
    const work = task.run(untilAborted);
    task.stop();
    expect(await work).toBeNull();
  });

  it('returns what the work makes of a stop', async () => {
    const task = new LatestTask();
    const work = task.run((signal) => untilAborted(signal).catch(() => 'half'));
    task.stop();
    expect(await work).toBe('half');
  });

  it('tells a replaced task from a stopped one, and from one aborted for another reason', () => {
    const task = new LatestTask();
    const replaced = task.begin();
    const stopped = task.begin();
    task.stop();
    const other = task.begin();
    task.stop(new Error('A run began.'));
    const running = task.begin();
    expect([replaced, stopped, other, running].map(isReplaced)).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect([replaced, stopped, other, running].map(isStopped)).toEqual([false, true, false, false]);
    expect(other.reason).toEqual(new Error('A run began.'));
    expect(running.aborted).toBe(false);
  });

  it('keeps the first reason: a stopped task is not replaced afterwards', () => {
    const task = new LatestTask();
    const signal = task.begin();
    task.stop();
    task.begin();
    expect(isStopped(signal)).toBe(true);
  });

  it('throws an error of the work itself', async () => {
    const failing = new LatestTask().run(() => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
  });
});
