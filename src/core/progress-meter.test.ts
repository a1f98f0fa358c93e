import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { progressMeter, type Progress } from './progress-meter';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

function meterOf(total: number | null) {
  const posts: Progress[] = [];
  const report = progressMeter('surveying', 'Counting', total, 'pictures', (progress) =>
    posts.push(progress),
  );
  return { posts, report };
}

it('posts the first call, then ten a second at most', () => {
  const { posts, report } = meterOf(1000);
  for (let done = 0; done <= 50; done++) {
    report(done);
    vi.advanceTimersByTime(10);
  }
  expect(posts.map(({ done }) => done)).toEqual([0, 10, 20, 30, 40, 50]);
});

it('always posts the end', () => {
  const { posts, report } = meterOf(5);
  report(0);
  report(4);
  report(5);
  expect(posts.map(({ done }) => done)).toEqual([0, 5]);
});

it('posts the mean rate since it was made', () => {
  const { posts, report } = meterOf(null);
  vi.advanceTimersByTime(2000);
  report(50);
  expect(posts).toEqual([
    {
      phase: 'surveying',
      label: 'Counting',
      done: 50,
      total: null,
      unit: 'pictures',
      perSecond: 25,
    },
  ]);
});

it('has a finite rate in its first millisecond', () => {
  const { posts, report } = meterOf(null);
  report(3);
  expect(posts[0]!.perSecond).toBe(3000);
});
