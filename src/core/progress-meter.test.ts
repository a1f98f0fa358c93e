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

it('gives no rate before there is enough to measure by', () => {
  const { posts, report } = meterOf(null);
  report(4800);
  vi.advanceTimersByTime(200);
  report(4900);
  vi.advanceTimersByTime(300);
  report(5000);
  expect(posts.map(({ perSecond }) => perSecond)).toEqual([0, 0, 10_000]);
});

it('counts what was kept as done, and leaves it out of the rate', () => {
  const posts: Progress[] = [];
  const report = progressMeter(
    'reading-features',
    'Embedding',
    4800,
    'pictures',
    (progress) => posts.push(progress),
    4000,
  );
  report(4000);
  vi.advanceTimersByTime(2000);
  report(4100);
  expect(posts.map(({ done, perSecond }) => [done, perSecond])).toEqual([
    [4000, 0],
    [4100, 50],
  ]);
});
