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
const running = { runState: 'running', isElsewhere: false } as const;

describe('keys', () => {
  it.each<RunState>(['idle', 'preparing', 'stopped', 'finished', 'failed'])(
    'do nothing to a run that is %s: above all, none begins another',
    (runState) => {
      for (const key of [' ', 's', 'S', 'ArrowRight', 'Enter'])
        expect(keyedAction(press(key), { runState, isElsewhere: false })).toBeNull();
    },
  );

  it('pause, go on, step and stop a run that is under way', () => {
    expect(keyedAction(press(' '), running)).toBe('pause');
    expect(keyedAction(press(' '), { ...running, runState: 'paused' })).toBe('continue');
    expect(keyedAction(press('ArrowRight'), running)).toBe('step');
    expect(['s', 'S'].map((key) => keyedAction(press(key), running))).toEqual(['stop', 'stop']);
    expect(keyedAction(press('x'), running)).toBeNull();
  });

  it.each<[string, Partial<KeyPress>]>([
    ['that is held down', { isRepeat: true }],
    ['with a modifier', { isModified: true }],
    ['while something that takes keys has the focus', { isTaken: true }],
  ])('leave a key %s alone', (_, more) => {
    for (const key of [' ', 's', 'ArrowRight'])
      expect(keyedAction(press(key, more), running)).toBeNull();
  });

  it('leave another tab’s run alone', () =>
    expect(keyedAction(press('s'), { ...running, isElsewhere: true })).toBeNull());
});
