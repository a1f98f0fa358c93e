import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  choice,
  choicesOf,
  fitted,
  fittedText,
  flag,
  list,
  misfit,
  misfitWords,
  number,
  numberWithin,
  object,
  orNull,
  pair,
  recordOf,
  ruleOf,
  shown,
  text,
  time,
  unknownNames,
  wholeNumber,
} from './schema';

const rule = { min: 1, max: 100, integer: true };
const schema = object({
  name: text,
  epochs: numberWithin(rule),
  rates: list(number, 1),
  ends: orNull(pair(number)),
  loss: choice(['arcface', 'cosface']),
  heads: recordOf(text, ['scf', 'pfe']),
  at: object({ step: wholeNumber, done: flag }),
  note: v.optional(text),
});
const good = {
  name: 'a',
  epochs: 3,
  rates: [0.5],
  ends: null,
  loss: 'arcface',
  heads: { scf: 'a' },
  at: { step: 0, done: false },
};
const refuse = (found: Parameters<typeof misfitWords>[0]) => new Error(misfitWords(found));

describe('a schema', () => {
  it('gives a value that fits, with the names that it does not know', () => {
    const found = { ...good, later: { x: 1 }, at: { ...good.at, later: 2 } };
    expect(fitted(schema, found, refuse)).toEqual(found);
    expect(fittedText(schema, JSON.stringify(found), refuse)).toEqual(found);
    expect(unknownNames(good, found)).toEqual(['later']);
  });

  it.each<[unknown, string]>([
    [null, 'it is null; an object was expected'],
    [[], 'it is a list of 0; an object was expected'],
    [{ ...good, name: 7 }, 'name is 7; a text was expected'],
    [{ ...good, name: undefined }, 'name is missing; a text was expected'],
    [{}, 'name is missing; a text was expected'],
    [{ name: 'a' }, 'epochs is missing; a whole number from 1 to 100 was expected'],
    [{ ...good, epochs: NaN }, 'epochs is NaN; a whole number from 1 to 100 was expected'],
    [{ ...good, epochs: 1.5 }, 'epochs is 1.5; a whole number from 1 to 100 was expected'],
    [{ ...good, epochs: '3' }, 'epochs is "3"; a whole number from 1 to 100 was expected'],
    [{ ...good, rates: [] }, 'rates is a list of 0; a list with something in it was expected'],
    [{ ...good, rates: [1, Infinity] }, 'rates[1] is Infinity; a number was expected'],
    [{ ...good, rates: { 0: 1 } }, 'rates is an object; a list with something in it was expected'],
    [{ ...good, ends: [1] }, 'ends is a list of 1; a list of two was expected'],
    [{ ...good, ends: [1, 2, 3] }, 'ends is a list of 3; a list of two was expected'],
    [{ ...good, loss: 'softmax' }, 'loss is "softmax"; one of arcface, cosface was expected'],
    [
      { ...good, heads: { magface: 'a' } },
      'a name in heads is "magface"; one of scf, pfe was expected',
    ],
    [{ ...good, heads: { scf: 1 } }, 'heads.scf is 1; a text was expected'],
    [{ ...good, heads: [] }, 'heads is a list of 0; an object was expected'],
    [{ ...good, at: { step: -1, done: true } }, 'at.step is -1; a whole number was expected'],
    [{ ...good, at: { step: 1 } }, 'at.done is missing; true or false was expected'],
    [{ ...good, note: null }, 'note is null; a text was expected'],
  ])(
    'says where a value does not fit, what was found and what was expected (%#)',
    (found, words) => {
      expect(misfitWords(misfit(schema, found)!)).toBe(words);
      expect(() => fitted(schema, found, refuse)).toThrow(words);
    },
  );

  it.each([8.64e15 + 1, -8.64e15 - 1, 1e300, Infinity, NaN, 0.5, '0'])(
    'takes no time of which there is no date: %s',
    (found) => {
      expect(misfitWords(misfit(time, found)!)).toContain('a time in milliseconds since 1970');
    },
  );

  it('takes every time of which there is a date', () => {
    for (const found of [0, -1, 8.64e15, -8.64e15]) {
      expect(misfit(time, found)).toBeNull();
      expect(new Date(found).toISOString()).toMatch(/Z$/);
    }
  });

  it('says that a text is no JSON', () => {
    expect(() => fittedText(schema, '{"name', refuse)).toThrow(
      'it is "{\\"name"; JSON was expected',
    );
  });

  it('gives its bounds and its choices back', () => {
    expect(ruleOf(numberWithin(rule))).toEqual(rule);
    expect([ruleOf(text), ruleOf(number), choicesOf(text)]).toEqual([null, null, null]);
    expect(choicesOf(choice(['a', 'b']))).toEqual(['a', 'b']);
  });

  it('shows values in a few characters', () => {
    expect([[1, 2], {}, undefined, NaN, 'a"b'].map(shown)).toEqual([
      'a list of 2',
      'an object',
      'missing',
      'NaN',
      '"a\\"b"',
    ]);
    expect(shown('x'.repeat(1000))).toHaveLength(80);
  });
});
