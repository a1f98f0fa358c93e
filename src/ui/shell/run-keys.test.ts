import { describe, expect, it } from 'vitest';
import type { RunState } from '../../training/session/run-events';
import { keyedAction, type KeyPress } from './run-keys';

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  isRepeat: false,
  isModified: false,
  isTaken: false,
  ...more,
});
const running = { runState: 'running', isWatching: false } as const;

describe('keys', () => {
  it.each<RunState>(['idle', 'preparing', 'recovering', 'stopped', 'finished', 'failed'])(
    'do nothing to a run that is %s, and start no run',
    (runState) => {
      for (const key of [' ', 's', 'S', 'ArrowRight', 'Enter'])
        expect(keyedAction(press(key), { runState, isWatching: false })).toBeNull();
    },
  );

  it('pause, continue and step an active run, and never end it', () => {
    expect(keyedAction(press(' '), running)).toBe('pause');
    expect(keyedAction(press(' '), { ...running, runState: 'paused' })).toBe('continue');
    expect(keyedAction(press('ArrowRight'), running)).toBe('step');
    for (const key of ['s', 'S', 'x', 'Escape'])
      expect(keyedAction(press(key), running)).toBeNull();
  });

  it.each<[string, Partial<KeyPress>]>([
    ['held down', { isRepeat: true }],
    ['with a modifier', { isModified: true }],
    ['while an element that handles keys has the focus', { isTaken: true }],
  ])('are ignored %s', (_, more) => {
    for (const key of [' ', 'ArrowRight'])
      expect(keyedAction(press(key, more), running)).toBeNull();
  });

  it('are ignored for another tab’s run', () =>
    expect(keyedAction(press(' '), { ...running, isWatching: true })).toBeNull());
});
