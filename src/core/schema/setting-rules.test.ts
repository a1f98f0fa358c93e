import { describe, expect, it } from 'vitest';
import { choice, flag, numberWithin, textWithWords } from './schema';
import {
  badSetting,
  numberRulesOf,
  optionsOf,
  requireKnown,
  requireSettings,
  schemaOfSettings,
} from './setting-rules';

const settings = {
  rate: { schema: numberWithin({ min: 0, max: 1 }) },
  epochs: { schema: numberWithin({ min: 1, max: 100, integer: true }) },
  mode: { schema: choice(['exact', 'reference']) },
  isOn: { schema: flag },
  path: { schema: textWithWords('a path') },
};
const schema = schemaOfSettings(settings);
const good = { rate: 0, epochs: 1, mode: 'exact', isOn: true, path: 'a' };

const refused = (message: string) =>
  expect.objectContaining({
    code: 'bad-config',
    message,
    nextStep: 'Correct it and start again.',
  });

describe('settings', () => {
  it('take both bounds, and leave other names as they are', () => {
    for (const found of [good, { ...good, rate: 1, epochs: 100, unknown: NaN }])
      expect(requireSettings(schema, found)).toEqual(found);
  });

  it.each<[object, string]>([
    [{ rate: 1.5 }, 'The setting "rate" is 1.5; it takes a number from 0 to 1.'],
    [{ rate: NaN }, 'The setting "rate" is NaN; it takes a number from 0 to 1.'],
    [{ rate: Infinity }, 'The setting "rate" is Infinity; it takes a number from 0 to 1.'],
    [{ rate: '1' }, 'The setting "rate" is "1"; it takes a number from 0 to 1.'],
    [{ epochs: 2.5 }, 'The setting "epochs" is 2.5; it takes a whole number from 1 to 100.'],
    [{ epochs: null }, 'The setting "epochs" is null; it takes a whole number from 1 to 100.'],
    [
      { epochs: undefined },
      'The setting "epochs" is undefined; it takes a whole number from 1 to 100.',
    ],
    [
      { epochs: [3] },
      'The setting "epochs" is a list of 1; it takes a whole number from 1 to 100.',
    ],
    [{ mode: 'fast' }, 'The setting "mode" is "fast"; it takes one of exact, reference.'],
    [{ isOn: 1 }, 'The setting "isOn" is 1; it takes true or false.'],
    [{ path: ' ' }, 'The setting "path" is " "; it takes a path.'],
  ])('refuse %j', (changes, message) => {
    expect(() => requireSettings(schema, { ...good, ...changes })).toThrow(refused(message));
  });

  it('are refused if one is missing, and say whose they are', () => {
    expect(() => requireSettings(schema, { rate: 1 }, "The lesson's setting")).toThrow(
      refused(
        'The lesson\'s setting "epochs" is undefined; it takes a whole number from 1 to 100.',
      ),
    );
  });

  it('are all known, or the first that is not is named', () => {
    expect(() => requireKnown(settings, good, 'a run')).not.toThrow();
    expect(() => requireKnown(settings, { ...good, toString: 1 }, 'a run')).toThrow(
      expect.objectContaining({
        message: '"toString" is not a setting of a run.',
        nextStep: 'Settings are: rate, epochs, mode, isOn, path.',
      }),
    );
  });

  it('give the bounds and the choices of a form', () => {
    expect(numberRulesOf(settings)).toEqual({
      rate: { min: 0, max: 1 },
      epochs: { min: 1, max: 100, integer: true },
    });
    expect(optionsOf(settings, 'mode')).toEqual(['exact', 'reference']);
    expect(optionsOf(settings, 'rate')).toEqual([]);
  });

  it('have an error that names the setting, the value and what was expected', () => {
    expect(badSetting('seed', '1', 'a whole number')).toEqual(
      refused('The setting "seed" is "1"; it takes a whole number.'),
    );
  });
});
