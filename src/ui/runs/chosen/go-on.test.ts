import { beforeEach, describe, expect, it, vi } from 'vitest';
import { presets } from '../../../training/config/run-config';
import type { StepMetrics } from '../../../training/session/run-events';
import { answerConfirmation } from '../../train/confirm/confirm-loss';
import { receive } from '../../shell/receive-event';
import { beginRun, studioStore } from '../../shell/studio-store';
import { goOn } from './go-on';

const { sent } = vi.hoisted(() => ({ sent: [] as object[] }));
vi.mock('../../shell/client/studio-client', () => ({
  send: (command: object) => sent.push(command),
}));

vi.mock('../../shell/address/show-place', () => ({ showPlace: vi.fn() }));

const config = { ...presets.demo, epochs: 12 };
const files = [{ file: new File([], 'a.jpg'), path: 'a.jpg' }];
const state = () => studioStore.getState();
const resumed = { type: 'resume-run', files: [], allowedOrigins: [] };

/** A run on show whose step 60 was not saved. */
function failAt60(id: string): void {
  beginRun();
  receive({ type: 'run-state', state: 'preparing', config });
  receive({ type: 'kept-run', id, name: id });
  receive({ type: 'steps', metrics: [{ step: 60, epoch: 2, loss: 1 } as StepMetrics] });
  receive({ type: 'checkpoint-saved', step: 40, epoch: 1, savedAt: 1 });
  receive({ type: 'run-state', state: 'failed', config });
}

describe('going on with a kept run', () => {
  beforeEach(() => {
    studioStore.setState(studioStore.getInitialState());
    sent.length = 0;
  });

  it('asks nothing, and neither reads the form’s files nor changes its settings', async () => {
    studioStore.setState({ config: { ...presets.demo, shards: 'files:others' }, files });
    await goOn({ runId: 'a', config, step: 40 });
    expect(sent).toEqual([{ ...resumed, runId: 'a' }]);
    expect(state()).toMatchObject({
      confirmation: null,
      config: { shards: 'files:others' },
      files,
    });
  });

  it('reads the form’s files if they are its own', async () => {
    const picked = { ...config, shards: 'files:faces' };
    studioStore.setState({ config: picked, files });
    await goOn({ runId: 'a', config: picked, step: 40 });
    expect(sent).toEqual([{ ...resumed, runId: 'a', files }]);
  });

  it('asks before another run loses steps, if both were saved at the same step', async () => {
    failAt60('shown');
    await goOn({ runId: 'other', config, step: 40 });
    expect([sent, state().confirmation]).toEqual([[], { kind: 'resume-saved', runId: 'other' }]);
    answerConfirmation(true);
    expect(sent).toEqual([{ ...resumed, runId: 'other' }]);
  });

  it('goes on at once with the run on show itself', async () => {
    failAt60('shown');
    await goOn({ runId: 'shown', config, step: 40 });
    expect(sent).toEqual([{ ...resumed, runId: 'shown' }]);
  });
});
