import { beforeEach, expect, it, vi } from 'vitest';
import { runSummary } from '../../../../test/fixtures/run-summary';
import { presets, type RunConfig } from '../../../training/config/run-config';
import { receive } from '../../shell/receive-event';
import { shownRunConfig, studioStore } from '../../shell/studio-store';
import { copySettings } from './copy-settings';

vi.mock('../../shell/client/studio-client', () => ({ send: vi.fn() }));

const state = () => studioStore.getState();
const kept: RunConfig = { ...presets.demo, method: 'scf-g', epochs: 12, shards: 'files:faces' };
const files = [{ file: new File([], 'a.jpg'), path: 'a.jpg' }];

beforeEach(() => studioStore.setState(studioStore.getInitialState()));

it('the settings of a run become the next run’s, and the run on show keeps its own', () => {
  receive({ type: 'run-state', state: 'finished', config: presets.demo });
  expect(copySettings(runSummary({ name: 'old-oak', config: kept }))).toBe(
    'The form now has the settings of old-oak, for the next run. Pick “faces” again first: a ' +
      'page can’t keep a person’s files.',
  );
  expect(state().config).toEqual(kept);
  expect(shownRunConfig(state())).toEqual(presets.demo);
});

it('files that are picked under the name of the run stay picked, and others don’t', () => {
  studioStore.setState({ config: { ...presets.demo, shards: 'files:faces' }, files });
  expect(copySettings(runSummary({ config: kept }))).not.toMatch(/Pick/);
  expect(state().files).toBe(files);
  copySettings(runSummary());
  expect(state().files).toEqual([]);
});
