import { beforeEach, describe, expect, it } from 'vitest';
import type { StudioErrorRecord } from '../../core/studio-error';
import { stepAt } from '../../../test/fixtures/run-steps';
import { presets } from '../../training/config/run-config';
import { receive, receiveFailure, receiveWarning } from './receive-event';
import { beginRun, studioStore } from './studio-store';

const error: StudioErrorRecord = {
  code: 'bad-checkpoint',
  message: 'The file is damaged.',
  nextStep: 'Choose another.',
};
const shown = () =>
  studioStore
    .getState()
    .errors.map(({ scope, about, error: { message } }) => [scope, about, message]);

describe('an error', () => {
  beforeEach(() => studioStore.setState(studioStore.getInitialState()));

  it('of a request is shown in its place, whatever has been requested since', () => {
    receiveFailure({ type: 'use-centres' }, error);
    receiveFailure({ type: 'survey-source' }, error);
    expect(shown()).toEqual([
      ['models', 'centres', error.message],
      ['data', 'survey', error.message],
    ]);
  });

  it('is shown again if another request fails alike, and once in one place', () => {
    receiveFailure({ type: 'load-head' }, error);
    receiveFailure({ type: 'load-head' }, error);
    receiveFailure({ type: 'use-lesson' }, error);
    expect(shown()).toEqual([
      ['models', 'head', error.message],
      ['models', 'lesson', error.message],
    ]);
  });

  it('that a request survives is shown in its place; of storage, where the cache is', () => {
    receiveWarning('look-at-source', error);
    receiveWarning('look-at-source', { ...error, code: 'storage-full', message: 'It is full.' });
    receiveWarning('evaluate', { ...error, code: 'storage-full' });
    expect(shown()).toEqual([
      ['data', 'look', error.message],
      ['data', 'cache', 'It is full.'],
      ['evaluation', 'own-set', error.message],
    ]);
  });

  it('that no request asked for is about none', () => {
    receive({ type: 'error', scope: 'models', error });
    receive({ type: 'error', scope: 'data', error });
    expect(shown()).toEqual([
      ['models', null, error.message],
      ['data', 'cache', error.message],
    ]);
  });
});

describe('a run that is stopped while it is prepared', () => {
  const config = presets.demo;
  const notices = () => studioStore.getState().notices.map(({ text }) => text);

  beforeEach(() => {
    studioStore.setState(studioStore.getInitialState());
    beginRun(null);
    receive({ type: 'run-state', state: 'preparing', config });
    receive({ type: 'kept-run', id: 'a', name: 'calm-river' });
  });

  it('leaves the page without a run, and says so', () => {
    receive({ type: 'run-state', state: 'stopped', config });
    const { runState, keptRun, runConfig } = studioStore.getState();
    expect({ runState, keptRun, runConfig }).toEqual({
      runState: 'idle',
      keptRun: null,
      runConfig: null,
    });
    expect(notices()).toEqual([
      'The run was stopped before its first step: there is nothing to keep.',
    ]);
  });

  it('does not take the place of the next run, which was asked for meanwhile', () => {
    beginRun(null);
    receive({ type: 'run-state', state: 'stopped', config });
    expect(studioStore.getState().runRequest).toEqual({ savedStep: null });
  });

  it('is shown as stopped if it has taken steps before', () => {
    receive({ type: 'run-state', state: 'running', config });
    receive({ type: 'steps', metrics: [stepAt(1)] });
    receive({ type: 'run-state', state: 'stopped', config });
    expect(studioStore.getState()).toMatchObject({ runState: 'stopped', notices: [] });
  });
});
