import { expect, it } from 'vitest';
import { moreThanFew } from './too-few-pictures';

it('asks for more people where nobody was held out, and for more pictures otherwise', () => {
  expect(moreThanFew(0)).toMatch(/more people, or raise the share held out/);
  expect(moreThanFew(3)).toMatch(/more pictures, or lower/);
});
