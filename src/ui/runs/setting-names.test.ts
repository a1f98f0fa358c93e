import { expect, it } from 'vitest';
import { presets, type RunConfig } from '../../training/config/run-config';
import { differenceWords } from '../../runs/settings-difference';
import { settingName, settingNameInSentence } from './setting-names';

it('every setting has a name in words', () => {
  const names = Object.keys(presets.demo) as (keyof RunConfig)[];
  expect(names.filter((name) => settingName(name) === name)).toEqual([]);
  expect(names.map(settingName).filter((words) => /[(:]|\s$/.test(words))).toEqual([]);
  expect(new Set(names.map(settingName)).size).toBe(names.length);
});

it('a difference reads as a sentence', () => {
  const { demo } = presets;
  const other: RunConfig = { ...demo, method: 'scf-g', learningRate: 8e-3, tensorboard: true };
  expect(differenceWords(other, demo, settingNameInSentence)).toBe(
    'scf-g instead of scf, TensorBoard event files on, learning rate ×2',
  );
});
