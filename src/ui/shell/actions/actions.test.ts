import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runSummary } from '../../../../test/fixtures/run-summary';
import { presets } from '../../../training/config/run-config';
import type { RunState, StepMetrics } from '../../../training/session/run-events';
import { answerConfirmation } from '../../train/confirm/confirm-loss';
import { placeNames } from '../address/place-names';
import { receive } from '../receive-event';
import { beginRun, studioStore } from '../studio-store';
import { actions } from './actions';
import { actionOfKey, type KeyPress } from './on-key';
import { runActions } from './run-actions';

/** What is sent. */
const { sent } = vi.hoisted(() => ({ sent: [] as string[] }));
vi.mock('../client/studio-client', () => ({
  send: ({ type }: { type: string }) => sent.push(type),
  request: () => Promise.resolve(),
}));
vi.mock('../address/follow-address', () => ({ currentAddress: () => 'https://studio.example/' }));

const config = { ...presets.demo, epochs: 2 };
const state = () => studioStore.getState();
const enabled = () =>
  Object.values(runActions).flatMap(({ name, predicate }) =>
    predicate(state()) ? [name.replace('run.', '')] : [],
  );
const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  ...held,
});
const nameOf = (key: string, held: Partial<KeyPress> = {}) =>
  actionOfKey(press(key, held), state())?.name ?? null;

/** Sends the events of a run that has taken steps, up to a state. */
function runUpTo(last: RunState): void {
  const enter = (runState: RunState) => receive({ type: 'run-state', state: runState, config });
  beginRun();
  enter('preparing');
  enter('running');
  receive({ type: 'steps', metrics: [{ step: 60, epoch: 2, loss: 1 } as StepMetrics] });
  if (last === 'preparing') enter('recovering');
  if (last !== 'running') enter(last);
}

const ALL: readonly RunState[] = [
  'preparing',
  'running',
  'paused',
  'recovering',
  'finished',
  'stopped',
  'failed',
];

beforeEach(() => {
  studioStore.setState(studioStore.getInitialState());
  studioStore.setState({ backend: { backend: 'wasm' } as never });
  sent.length = 0;
});
afterEach(() => answerConfirmation(false));

describe('the registry', () => {
  it('has one action of a name, and never two for a key', () => {
    const names = actions.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const runState of ALL) {
      studioStore.setState(studioStore.getInitialState());
      runUpTo(runState);
      const keys = actions
        .filter(({ key, predicate }) => key !== null && predicate(state()))
        .map(({ key }) => JSON.stringify(key));
      expect(new Set(keys).size, runState).toBe(keys.length);
    }
  });

  it('has no key that starts, replaces or ends a run', () => {
    for (const name of ['run.start', 'run.resume', 'run.stop'])
      expect(actions.find((action) => action.name === name)!.key, name).toBeNull();
  });

  it('gives each place the number of its turn', () => {
    placeNames.forEach((place, i) => expect(nameOf(String(i + 1))).toBe(`place.${place}`));
  });
});

describe('a key', () => {
  it.each<RunState>(['finished', 'stopped', 'failed', 'preparing', 'recovering'])(
    'is left to the browser while the run is %s',
    (runState) => {
      runUpTo(runState);
      expect([' ', 'ArrowRight', 's', 'Enter', 'Escape'].map((key) => nameOf(key))).toEqual(
        Array(5).fill(null),
      );
    },
  );

  it('pauses, continues and steps an active run', () => {
    runUpTo('running');
    expect([' ', 'ArrowRight'].map((key) => nameOf(key))).toEqual(['run.pause', 'run.step']);
    runUpTo('paused');
    expect([' ', 'ArrowRight'].map((key) => nameOf(key))).toEqual(['run.continue', 'run.step']);
  });

  it('does nothing held down, with another key, or to the run of another tab', () => {
    runUpTo('running');
    for (const held of ['repeat', 'ctrlKey', 'metaKey', 'altKey'] as const)
      expect([' ', 'ArrowRight'].map((key) => nameOf(key, { [held]: true }))).toEqual([null, null]);
    studioStore.setState({ isWatching: true });
    expect([' ', 'ArrowRight'].map((key) => nameOf(key))).toEqual([null, null]);
  });

  it('opens the palette with Ctrl or ⌘, and alone does not', () => {
    for (const held of ['ctrlKey', 'metaKey'] as const)
      expect(['k', 'K'].map((key) => nameOf(key, { [held]: true }))).toEqual([
        'studio.palette',
        'studio.palette',
      ]);
    expect(nameOf('k')).toBeNull();
    expect(nameOf('?')).toBe('studio.keys');
  });
});

describe('the actions of a run', () => {
  it('start nothing in place of a finished run before a person agrees', () => {
    runUpTo('finished');
    runActions.start.perform();
    expect([sent, state().confirmation, state().latest?.step]).toEqual([[], { kind: 'start' }, 60]);
    answerConfirmation(false);
    expect([sent, state().confirmation]).toEqual([[], null]);
    runActions.start.perform();
    answerConfirmation(true);
    expect(sent).toEqual(['start']);
    expect(state().place).toBe('train');
  });

  it.each<[RunState, string[]]>([
    ['preparing', ['stop']],
    ['running', ['pause', 'step', 'stop']],
    ['paused', ['continue', 'step', 'stop']],
    ['recovering', ['stop']],
    ['finished', ['start']],
    ['stopped', ['start']],
    ['failed', ['start']],
  ])('are enabled as the run’s state allows: %s', (runState, expected) => {
    runUpTo(runState);
    expect(enabled()).toEqual(expected);
  });

  it('offer to go on with a saved run by its name, and not during another', () => {
    const { id: runId, name } = runSummary({ id: 'a', name: 'calm-river' });
    const resumable = { runId, name, config, step: 40, epoch: 1, isFinished: false, savedAt: 1 };
    studioStore.setState({ resumable });
    expect(enabled()).toEqual(['start', 'resume']);
    expect(runActions.resume.label(state())).toBe('Resume calm-river');
    runUpTo('running');
    expect(enabled()).toEqual(['pause', 'step', 'stop']);
  });
});
