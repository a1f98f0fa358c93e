import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runSummary } from '../../../test/fixtures/run-summary';
import { presets } from '../../training/config/run-config';
import type { RunState, StepMetrics } from '../../training/session/run-events';
import { answerConfirmation } from './confirm/confirm-loss';
import { receive } from '../shell/receive-event';
import { beginRun, studioStore } from '../shell/studio-store';
import { discardRun, onShortcut, runActions } from './run-actions';

/** What is sent, and the replies of what is requested. */
const { sent, answers } = vi.hoisted(() => ({
  sent: [] as string[],
  answers: new Map<string, unknown>(),
}));
vi.mock('../shell/client/studio-client', () => ({
  send: ({ type }: { type: string }) => sent.push(type),
  request: ({ type }: { type: string }) => Promise.resolve(answers.get(type)),
}));

const config = { ...presets.demo, epochs: 2 };
const state = () => studioStore.getState();
const perform = (id: string) => runActions.find((action) => action.id === id)!.perform(state());
const enabled = () => runActions.filter((action) => action.enabled(state())).map(({ id }) => id);

/** The page's body, or an element that handles keys. */
class FakeElement {
  constructor(readonly handlesKeys: boolean) {}
  closest(): FakeElement | null {
    return this.handlesKeys ? this : null;
  }
}

/** Presses a key. @returns whether the page took it from the browser */
function press(key: string, target = new FakeElement(false)): boolean {
  const preventDefault = vi.fn();
  onShortcut({
    key,
    target,
    preventDefault,
    defaultPrevented: false,
    repeat: false,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
  } as unknown as KeyboardEvent);
  return preventDefault.mock.calls.length > 0;
}

/** Sends the events of a run that has taken steps, up to a state. */
function runUpTo(last: RunState): void {
  const enter = (state: RunState) => receive({ type: 'run-state', state, config });
  beginRun();
  enter('preparing');
  enter('running');
  receive({ type: 'steps', metrics: [{ step: 60, epoch: 2, loss: 1 } as StepMetrics] });
  if (last === 'preparing') enter('recovering');
  if (last !== 'running') enter(last);
}

describe('the controls of a run', () => {
  beforeEach(() => {
    vi.stubGlobal('Element', FakeElement);
    studioStore.setState(studioStore.getInitialState());
    studioStore.setState({ backend: { backend: 'wasm' } as never });
    sent.length = 0;
  });
  afterEach(() => vi.unstubAllGlobals());

  it.each<RunState>(['finished', 'stopped', 'failed', 'preparing', 'recovering'])(
    'leave Space, → and S to the browser while the run is %s',
    (runState) => {
      runUpTo(runState);
      expect([' ', 'ArrowRight', 's'].map((key) => press(key))).toEqual([false, false, false]);
      expect([sent, state().confirmation, state().latest?.step]).toEqual([[], null, 60]);
    },
  );

  it('start nothing in place of a finished run before a person agrees', () => {
    runUpTo('finished');
    perform('play');
    expect([sent, state().confirmation, state().latest?.step]).toEqual([[], { kind: 'start' }, 60]);
    answerConfirmation(false);
    expect([sent, state().confirmation]).toEqual([[], null]);
    perform('play');
    answerConfirmation(true);
    expect(sent).toEqual(['start']);
  });

  it('discard a saved run for ten seconds, in which it can be taken back', async () => {
    answers.set('remove-run', runSummary({ id: 'a' }));
    studioStore.setState({
      resumable: {
        runId: 'a',
        name: 'calm-river',
        config,
        step: 40,
        epoch: 1,
        isFinished: false,
        savedAt: 1,
      },
    });
    await discardRun();
    expect(state().runs.removals).toMatchObject([{ run: { id: 'a' } }]);
  });

  it('take keys of an active run, except from what handles keys', () => {
    runUpTo('running');
    expect(press(' ', new FakeElement(true))).toBe(false);
    expect([' ', 'ArrowRight', 's'].map((key) => press(key))).toEqual([true, true, false]);
    expect(sent).toEqual(['pause', 'step']);
  });

  it.each<[RunState, string[]]>([
    ['preparing', ['stop']],
    ['running', ['play', 'step', 'stop']],
    ['paused', ['play', 'step', 'stop']],
    ['recovering', ['stop']],
    ['finished', ['play']],
    ['stopped', ['play']],
    ['failed', ['play']],
  ])('are enabled as the run’s state allows: %s', (runState, expected) => {
    runUpTo(runState);
    expect(enabled()).toEqual(expected);
  });
});
