import { beforeEach, describe, expect, it } from 'vitest';
import type { Progress } from '../../core/progress-meter';
import type { RunState, StepMetrics } from '../../training/session/run-events';
import { presets } from '../../training/config/run-config';
import { receive } from '../shell/receive-event';
import { beginRun, studioStore } from '../shell/studio-store';
import { trainStage } from './stage';

const stage = () => trainStage(studioStore.getState());
const enter = (state: RunState) => receive({ type: 'run-state', state, config: presets.demo });
const progress = (unit: string): Progress => ({
  ...{ phase: 'fetching-models', label: 'Fetching', done: 0, total: null, unit, perSecond: 0 },
});

describe('what Train shows', () => {
  beforeEach(() => studioStore.setState(studioStore.getInitialState()));

  it('stays the same while the studio starts and while a run is prepared', () => {
    const seen: string[] = [];
    const look = () => seen.push(stage());
    look();
    for (const each of [progress('bytes'), null, progress('bytes'), null]) {
      receive({ type: 'progress', progress: each });
      look();
    }
    expect(new Set(seen)).toEqual(new Set(['empty']));
    seen.length = 0;
    beginRun();
    look();
    enter('preparing');
    look();
    for (const each of [progress('pictures'), null, progress('bytes'), null]) {
      receive({ type: 'progress', progress: each });
      look();
    }
    expect(new Set(seen)).toEqual(new Set(['preparing']));
    enter('running');
    expect(stage()).toBe('training');
  });

  it('is the run again once it has figures, and its end however it ends', () => {
    beginRun();
    enter('preparing');
    enter('running');
    receive({ type: 'steps', metrics: [{ step: 1, epoch: 1, loss: 1 } as StepMetrics] });
    enter('paused');
    expect(stage()).toBe('training');
    enter('recovering');
    expect(stage()).toBe('preparing');
    for (const end of ['finished', 'stopped', 'failed'] as const) {
      enter(end);
      expect(stage()).toBe('ended');
    }
  });

  it('offers a start after a run that ended before its first step', () => {
    beginRun();
    enter('preparing');
    enter('stopped');
    expect(stage()).toBe('empty');
  });
});
