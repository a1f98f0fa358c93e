import { expect, it } from 'vitest';
import { presets } from '../../training/config/run-config';
import { titleOf } from './resume-banner';

const run = {
  runId: 'a',
  name: 'calm-river',
  config: { ...presets.demo, epochs: 12 },
  step: 300,
  epoch: 5,
  isFinished: false,
  savedAt: 0,
};

it('counts epochs as the header does, also between two of them', () => {
  // The header shows the epoch of the last step, the fifth: "epoch 5/12".
  expect(titleOf(run)).toBe('A run saved at step 300, 5 of 12 epochs done');
  expect(titleOf({ ...run, isFinished: true })).toBe('A finished run: 300 steps, 5 epochs');
});
