import { expect, it } from 'vitest';
import { differenceWords } from '../../runs/settings-differences';
import { presets, type RunConfig } from '../../training/config/run-config';
import { settingName, settingNameInSentence } from './setting-names';

it('every setting has a name in words, and each its own', () => {
  const names = Object.keys(presets.demo) as (keyof RunConfig)[];
  const words = names.map(settingName);
  expect(names.filter((name, i) => name === words[i])).toEqual([]);
  expect(words.filter((name) => /[(:]|\s$/.test(name))).toEqual([]);
  expect(new Set(words).size).toBe(names.length);
});

it('a name stands without what the form says about its values', () => {
  expect(settingName('maxGradNorm')).toBe('Clip gradient norm');
  expect(settingName('patience')).toBe('Stop early');
});

it('what differs reads as a sentence', () => {
  const other: RunConfig = {
    ...presets.demo,
    ...{ method: 'scf-g', learningRate: 8e-3, batchSize: 32, tensorboard: true, flip: true },
  };
  expect(differenceWords(presets.demo, other, settingNameInSentence)).toBe(
    'scf-g instead of scf, batch size ÷2, lr ×2, with mirrored pictures, ' +
      'with TensorBoard event files',
  );
});
