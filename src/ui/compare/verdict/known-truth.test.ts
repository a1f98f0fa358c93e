import { expect, it } from 'vitest';
import { isRight, pairTruth } from './known-truth';

const face = (label: number | null, grey: number, source = 'demo') => ({
  crop: new Uint8ClampedArray(16).fill(grey),
  person: label === null ? null : { source, label },
});

it('knows the people of one source, and nobody else', () => {
  expect(pairTruth([face(1, 1)], [face(1, 2)])).toBe('same-person');
  expect(pairTruth([face(1, 1)], [face(2, 2)])).toBe('different-people');
  expect(pairTruth([face(1, 1)], [face(null, 2)])).toBeNull();
  expect(pairTruth([face(null, 1)], [face(null, 2)])).toBeNull();
  // Numbers of two sources say nothing about each other.
  expect(pairTruth([face(1, 1)], [face(1, 2, 'mine')])).toBeNull();
  expect(pairTruth([], [face(1, 1)])).toBeNull();
});

it('knows one picture on both sides by its pixels, whoever it shows', () => {
  expect(pairTruth([face(1, 1)], [face(1, 1)])).toBe('one-picture');
  expect(pairTruth([face(null, 1)], [face(null, 1)])).toBe('one-picture');
  expect(pairTruth([face(1, 1)], [face(1, 1), face(1, 2)])).toBe('same-person');
});

it('says nothing of a side that mixes people', () => {
  expect(pairTruth([face(1, 1), face(2, 2)], [face(1, 3)])).toBeNull();
  expect(pairTruth([face(1, 1), face(null, 2)], [face(1, 3)])).toBeNull();
});

it('holds a verdict against it', () => {
  expect(isRight(true, 'same-person')).toBe(true);
  expect(isRight(false, 'one-picture')).toBe(false);
  expect(isRight(false, 'different-people')).toBe(true);
});
