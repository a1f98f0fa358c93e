import { expect, it } from 'vitest';
import { runSummary } from '../../../test/fixtures/run-summary';
import { presets } from '../../training/config/run-config';
import {
  dataName,
  lengthWords,
  needsFiles,
  stateOf,
  timeAgo,
  whyNoHead,
  whyNotRemoved,
  whyNotResumed,
} from './run-words';

it.each([
  [0, 'just now'],
  [59, 'just now'],
  [60, '1 minute ago'],
  [3 * 3600, '3 hours ago'],
  [86_400, 'yesterday'],
  [10 * 86_400, 'last week'],
  [400 * 86_400, 'last year'],
  // A clock that was set back, or a run of a faster one.
  [-300, 'just now'],
])('%d seconds ago is "%s"', (seconds, words) => {
  expect(timeAgo(1e12, 1e12 + 1000 * seconds)).toBe(words);
});

it('says of the run that is on what it does now, and of others how they ended', () => {
  const run = runSummary({ id: 'a', state: 'running' });
  const keptRun = { id: 'a', name: 'calm-river' };
  const page = { keptRun, runState: 'preparing', isWatching: false } as const;
  expect(stateOf(run, page)).toBe('preparing');
  expect(stateOf(run, { ...page, runState: 'paused' })).toBe('paused');
  expect(stateOf(run, { ...page, runState: 'running' })).toBe('training');
  // In another tab, which doesn't name it.
  expect(stateOf(run, { ...page, keptRun: null, isWatching: true })).toBe('preparing');
  expect(stateOf({ ...run, id: 'b', state: 'failed' }, page)).toBe('failed');
  // The list may be from before its end.
  expect(stateOf(run, { ...page, runState: 'stopped' })).toBe('training');
});

it('says why a run can’t be gone on with', () => {
  const free = { isRunActive: false, isReady: true };
  const stopped = runSummary({ state: 'stopped', hasEnded: false, epoch: 2 });
  expect(whyNotResumed(stopped, free)).toBeNull();
  expect(whyNotResumed(stopped, { ...free, isRunActive: true })).toMatch(/Another run is on/);
  expect(whyNotResumed(stopped, { ...free, isReady: false })).toMatch(/starting/);
  expect(whyNotResumed(runSummary(), free)).toMatch(/to its end/);
  expect(whyNotResumed({ ...stopped, checkpointStep: null }, free)).toMatch(/no checkpoint/);
  expect(whyNotResumed({ ...stopped, state: 'running' }, free)).toMatch(/trained now/);
  expect(whyNotRemoved({ ...stopped, state: 'running' })).toMatch(/Stop it first/);
  expect(whyNotRemoved(stopped)).toBeNull();
});

it('says why its head can’t be used, and lets that of its checkpoint be used', () => {
  const free = { isRunActive: false, isReady: true };
  const interrupted = runSummary({ state: 'interrupted', hasHead: false });
  expect(whyNoHead(interrupted, free)).toBeNull();
  expect(whyNoHead({ ...interrupted, hasHead: true, checkpointStep: null }, free)).toBeNull();
  const early = { ...interrupted, checkpointStep: null };
  expect(whyNoHead(early, free)).toMatch(/^It ended before its first checkpoint/);
  expect(whyNoHead({ ...early, state: 'running' }, free)).toMatch(/no head yet/);
  expect(whyNoHead(interrupted, { ...free, isReady: false })).toMatch(/starting/);
});

it('names what a run was trained on, and how far it came', () => {
  expect(dataName(runSummary())).toBe('demo');
  const { data } = runSummary();
  expect(dataName(runSummary({ data: { ...data, name: 'my faces' } }))).toBe('my faces');
  expect(dataName(runSummary({ data: { ...data, name: 'https://a.org/b/ms1m.rec' } }))).toBe(
    'ms1m.rec',
  );
  expect(lengthWords(runSummary())).toBe('30 of 30 epochs, 900 steps');
  expect(lengthWords(runSummary({ epoch: 2, step: 1, hasEnded: false }))).toBe(
    '2 of 30 epochs, 1 step',
  );
  expect(lengthWords(runSummary({ step: 0 }))).toBe('no step yet');
  const picked = { ...presets.demo, shards: 'files:faces' };
  expect(needsFiles(runSummary({ config: picked }))).toBe(true);
  expect(needsFiles(runSummary())).toBe(false);
});
