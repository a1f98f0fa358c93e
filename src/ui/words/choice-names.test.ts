import { describe, expect, it } from 'vitest';
import { parameterCount } from '../../models/heads/create-head';
import { headNames } from '../../models/heads/confidence-head';
import { optionsOfSetting, settingNames } from '../../training/config/run-settings';
import { choiceNames, choiceSettings, headWithSize, isChoice } from './choice-names';

describe('the names of choices', () => {
  it.each(settingNames)('are there for every option of %s', (setting) => {
    const named = isChoice(setting) ? Object.keys(choiceNames[setting]) : [];
    expect(named.toSorted()).toEqual([...optionsOfSetting(setting)].toSorted());
  });

  it.each(choiceSettings)('differ within %s, and are no identifiers', (setting) => {
    const words = Object.entries(choiceNames[setting]);
    expect(new Set(words.map(([, { name }]) => name)).size).toBe(words.length);
    for (const [identifier, { name }] of words) expect(name).not.toBe(identifier);
  });

  it('say the size of a head as its own definition counts it', () => {
    const sizes = headNames.map((name) => ({
      name,
      parameters: parameterCount(name, [7, 7, 512]),
      trainingBytes: 0,
    }));
    expect(headNames.map((name) => headWithSize(name, sizes))).toEqual([
      'Compact head: mean and spread, 131 k weights',
      'TFace’s head: three convolutions, 7.2 M weights',
      'Published head: three dense layers, 393 M weights',
    ]);
    expect(headWithSize('compact', [])).toBe('Compact head: mean and spread');
  });
});
