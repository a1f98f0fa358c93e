import { describe, expect, it } from 'vitest';
import { badSetting, requireChoices, requireNumbers } from './setting-rules';

const rules = {
  rate: { min: 0, max: 1 },
  epochs: { min: 1, max: 100, integer: true },
  optional: undefined,
};

const refused = (message: string) =>
  expect.objectContaining({
    code: 'bad-config',
    message,
    nextStep: 'Correct it and start again.',
  });

describe('rules of settings', () => {
  it('accepts both bounds, and settings without a rule', () => {
    for (const settings of [
      { rate: 0, epochs: 1 },
      { rate: 1, epochs: 100, optional: 'anything', unknown: NaN },
    ])
      expect(() => requireNumbers(settings, rules)).not.toThrow();
  });

  it.each<[object, string]>([
    [{ rate: 1.5, epochs: 1 }, 'The setting "rate" is 1.5; it takes a number from 0 to 1.'],
    [{ rate: NaN, epochs: 1 }, 'The setting "rate" is NaN; it takes a number from 0 to 1.'],
    [
      { rate: Infinity, epochs: 1 },
      'The setting "rate" is Infinity; it takes a number from 0 to 1.',
    ],
    [{ rate: '1', epochs: 1 }, 'The setting "rate" is "1"; it takes a number from 0 to 1.'],
    [
      { rate: 1, epochs: 2.5 },
      'The setting "epochs" is 2.5; it takes a whole number from 1 to 100.',
    ],
    [
      { rate: 1, epochs: null },
      'The setting "epochs" is null; it takes a whole number from 1 to 100.',
    ],
    [{ rate: 1 }, 'The setting "epochs" is undefined; it takes a whole number from 1 to 100.'],
  ])('refuses %j', (settings, message) => {
    expect(() => requireNumbers(settings, rules)).toThrow(refused(message));
  });

  it('refuses a value that is none of the choices', () => {
    const choices = { mode: ['exact', 'reference'] };
    expect(() => requireChoices({ mode: 'exact' }, choices)).not.toThrow();
    expect(() => requireChoices({ mode: 'fast' }, choices, "The lesson's setting")).toThrow(
      refused('The lesson\'s setting "mode" is "fast"; it takes one of exact, reference.'),
    );
  });

  it('names the setting, the value and what was expected', () => {
    expect(badSetting('seed', [1], 'a whole number')).toEqual(
      refused('The setting "seed" is [1]; it takes a whole number.'),
    );
  });
});
