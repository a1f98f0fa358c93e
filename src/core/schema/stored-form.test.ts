import { describe, expect, it } from 'vitest';
import { flag, misfitWords, object, text, wholeNumber } from './schema';
import { readStored, type StoredForm } from './stored-form';

const form: StoredForm<{ name: string; isOn: boolean }> = {
  version: 3,
  migrations: [
    ({ title, ...rest }) => ({ ...rest, name: title }),
    (older) => ({ isOn: false, ...older }),
  ],
  schema: object({ version: wholeNumber, name: text, isOn: flag }),
};
const read = (found: unknown) =>
  readStored(form, found, (misfit) => new Error(misfitWords(misfit)));

describe('what some version of the studio stored', () => {
  it('is brought to this version, and keeps what no version knows', () => {
    const latest = { version: 3, name: 'a', isOn: false, odd: [1] };
    expect(read({ title: 'a', odd: [1] })).toEqual(latest);
    expect(read({ version: 1, title: 'a', odd: [1] })).toEqual(latest);
    expect(read({ version: 2, name: 'a', odd: [1] })).toEqual(latest);
    expect(read(latest)).toEqual(latest);
  });

  it('of a later version is read as far as it fits', () => {
    const later = { version: 9, name: 'a', isOn: true, colour: 'red' };
    expect(read(later)).toEqual(later);
    expect(() => read({ version: 9, name: 'a', isOn: 'often' })).toThrow(
      'isOn is "often"; true or false was expected by this studio, which reads version 3; it is ' +
        'of version 9',
    );
  });

  it.each<[unknown, string]>([
    [null, 'it is null; an object was expected'],
    [{ version: 0 }, 'version is 0; a version of 1 or more was expected'],
    [{ version: '3' }, 'version is "3"; a whole number was expected'],
    [{ version: 3, name: 'a' }, 'isOn is missing; true or false was expected'],
  ])('is refused if it is %j', (found, words) => {
    expect(() => read(found)).toThrow(words);
  });
});
