import { expect, it } from 'vitest';
import { boundChoices } from './runs-space';

it('offers the bound in force among the others', () => {
  const choices = boundChoices(3 * 2 ** 20);
  expect(choices[0]).toEqual({ value: String(3 * 2 ** 20), label: '3.0 MiB' });
  expect(boundChoices(2 ** 30).length).toBe(choices.length - 1);
});
