import { expect, it } from 'vitest';
import { areFolds, evenFolds } from './folds';

it('spreads both kinds evenly over the folds of a set without any', () => {
  const same = Array.from({ length: 100 }, (_, i) => (i < 60 ? 1 : 0));
  const folds = evenFolds(same);
  for (let fold = 0; fold < 10; fold++) {
    expect(same.filter((value, i) => value === 1 && folds[i] === fold)).toHaveLength(6);
    expect(same.filter((value, i) => value === 0 && folds[i] === fold)).toHaveLength(4);
  }
  expect(areFolds(folds, same)).toBe(true);
});

it('are none if there is one, or one of one kind', () => {
  expect(areFolds(Uint16Array.of(0, 0), [1, 0])).toBe(false);
  expect(areFolds(Uint16Array.of(0, 0, 1), [1, 0, 1])).toBe(false);
});
