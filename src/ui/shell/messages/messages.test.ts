import { beforeEach, describe, expect, it } from 'vitest';
import type { StudioErrorRecord } from '../../../core/studio-error';
import { receive, receiveFailure, receiveSuccess } from '../receive-event';
import { studioStore } from '../studio-store';
import { hasError, placeOfError } from './place-of-error';

const error = (message: string): StudioErrorRecord => ({
  code: 'bad-image',
  message,
  nextStep: 'Choose another.',
});
const state = () => studioStore.getState();
const shown = () => state().errors.map((entry) => [placeOfError(entry), entry.error.message]);
const drop = (slot: 'a' | 'b') => ({ type: 'choose-photo', slot }) as const;

describe('errors', () => {
  beforeEach(() => studioStore.setState(studioStore.getInitialState()));

  it('stand in the place where something failed; of the whole studio, above all', () => {
    receiveFailure({ type: 'start' }, error('It has no pictures.'));
    receiveFailure(drop('a'), error('No face was found.'));
    receiveFailure({ type: 'evaluate' }, error('It is no list.'));
    receive({ type: 'error', scope: 'studio', error: error('The worker died.') });
    expect(shown()).toEqual([
      ['train', 'It has no pictures.'],
      ['compare', 'No face was found.'],
      ['evaluate', 'It is no list.'],
      [null, 'The worker died.'],
    ]);
    expect(['train', 'data'].map((place) => hasError(state(), place as 'data'))).toEqual([
      true,
      false,
    ]);
  });

  it('of one thing don’t pile up: the newest takes the place of the one before', () => {
    for (const name of ['wall.jpg', 'sea.jpg', 'sky.jpg'])
      receiveFailure(drop('a'), error(`No face was found in ${name}.`));
    receiveFailure(drop('b'), error('No face was found in floor.jpg.'));
    for (const step of [1, 2]) receiveFailure({ type: 'evaluate' }, error(`Try ${step} failed.`));
    expect(shown().map(([, message]) => message)).toEqual([
      'No face was found in sky.jpg.',
      'No face was found in floor.jpg.',
      'Try 2 failed.',
    ]);
  });

  it('go with the next success of the same thing, and with no other', () => {
    for (const slot of ['a', 'b'] as const)
      receiveFailure(drop(slot), error(`No face in ${slot}.`));
    receiveFailure({ type: 'evaluate' }, error('It is no list.'));
    receiveSuccess({ type: 'use-centres' });
    expect(shown()).toHaveLength(3);
    receiveSuccess(drop('a'));
    receiveSuccess({ type: 'evaluate' });
    expect(shown()).toEqual([['compare', 'No face in b.']]);
  });

  it('that the worker tells by itself stand once, however often they happen', () => {
    const full = { type: 'error', scope: 'run', error: error('The storage is full.') } as const;
    receive(full);
    const [first] = state().errors;
    receive(full);
    expect(state().errors).toEqual([first]);
    receive({ ...full, error: error('The head is gone.') });
    expect(shown()).toHaveLength(2);
  });

  it('of a request that fails again are told again', () => {
    receiveFailure({ type: 'evaluate' }, error('It is no list.'));
    const [first] = state().errors;
    receiveFailure({ type: 'evaluate' }, error('It is no list.'));
    expect(state().errors).toHaveLength(1);
    expect(state().errors[0]!.id).not.toBe(first!.id);
  });
});

it('of notices the page keeps the last few, with their time', () => {
  studioStore.setState(studioStore.getInitialState());
  for (let i = 1; i <= 5; i++) receive({ type: 'notice', text: `Notice ${i}.` });
  expect(state().notices.map(({ text }) => text)).toEqual(['Notice 3.', 'Notice 4.', 'Notice 5.']);
  for (const { at } of state().notices) expect(Math.abs(at - Date.now())).toBeLessThan(60_000);
});
